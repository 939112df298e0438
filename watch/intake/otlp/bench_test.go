package otlp

import (
	"encoding/json"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// The figures are per request of 50 metrics × 20 points, two attributes each.
const benchMetrics, benchPoints = 50, 20

func TestDecodingAllocatesPerRequestNotPerPoint(t *testing.T) {
	md, percent := hostRequest(benchMetrics, benchPoints), hostRequest(benchMetrics, benchPoints)
	percent.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(7).SetDoubleValue(7)
	var d Decoder
	b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
	for _, c := range []struct {
		name    string
		body    []byte
		records int
		most    float64
		decode  func(*evenkeel.Batch, []byte, evenkeel.Moment, *intake.Tally) error
	}{
		{"protobuf", protobufOf(md), benchMetrics * benchPoints, 3, d.Protobuf},
		{"JSON", jsonOf(md), benchMetrics * benchPoints, 3, d.JSON},
		// Half of the metrics tell shares; the rest is the sentence about the first one above 1.
		{"protobuf of percent", protobufOf(percent), benchMetrics / 2 * benchPoints, 20, d.Protobuf},
		{"JSON of percent", jsonOf(percent), benchMetrics / 2 * benchPoints, 20, d.JSON},
	} {
		n := testing.AllocsPerRun(20, func() {
			b.Reset("c", 0)
			if err := c.decode(b, c.body, testNow, &tally); err != nil {
				t.Fatal(err)
			}
		})
		if len(b.Records) != c.records {
			t.Fatalf("%s: %d records (%v)", c.name, len(b.Records), &tally)
		}
		if n > c.most {
			t.Errorf("%s: %v allocations for %d points, want at most %v", c.name, n, benchMetrics*benchPoints, c.most)
		}
	}
}

func BenchmarkProtobuf(b *testing.B) {
	var d Decoder
	benchmark(b, protobufOf(hostRequest(benchMetrics, benchPoints)), d.Protobuf)
}

func BenchmarkJSON(b *testing.B) {
	var d Decoder
	benchmark(b, jsonOf(hostRequest(benchMetrics, benchPoints)), d.JSON)
}

func benchmark(b *testing.B, body []byte, decode func(*evenkeel.Batch, []byte, evenkeel.Moment, *intake.Tally) error) {
	batch, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset("c", 0)
		if err := decode(batch, body, testNow, &tally); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchMetrics/benchPoints, "ns/point")
}

// The two below are what we would have had: pdata's own reader, and encoding/json into
// structs that know no more than our sink needs.

func BenchmarkPdataJSON(b *testing.B) {
	benchmark(b, jsonOf(hostRequest(benchMetrics, benchPoints)), func(_ *evenkeel.Batch, body []byte, _ evenkeel.Moment, _ *intake.Tally) error {
		_, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(body)
		return err
	})
}

func BenchmarkStandardJSON(b *testing.B) {
	type attribute struct {
		Key   string
		Value struct{ StringValue string }
	}
	type data struct {
		DataPoints []struct {
			Attributes                      []attribute
			StartTimeUnixNano, TimeUnixNano uint64 `json:",string"`
			AsDouble                        float64
		}
		AggregationTemporality int
	}
	type request struct {
		ResourceMetrics []struct {
			Resource     struct{ Attributes []attribute }
			ScopeMetrics []struct {
				Metrics []struct {
					Name, Unit string
					Gauge, Sum data
				}
			}
		}
	}
	benchmark(b, jsonOf(hostRequest(benchMetrics, benchPoints)), func(_ *evenkeel.Batch, body []byte, _ evenkeel.Moment, _ *intake.Tally) error {
		var r request
		return json.Unmarshal(body, &r)
	})
}
