package convert

import (
	"path"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Preset is a form of input that is known by name.
type Preset struct {
	Name  string
	Says  string // one sentence for the command's help
	Reads string // what a file looks like
	Gives string // what becomes of it
}

// Presets are the known forms, for the command's help. The first is the general form, CSV
// whose columns are named by Map.
var Presets = []Preset{
	{
		Name:  "csv",
		Says:  "CSV with a header; --map says what its columns mean",
		Reads: "a time column (--time, --time-format, --zone), an asset column or one asset per file",
		Gives: "OTLP lines; --map 'COL=TARGET:UNIT', targets " + targetNames(),
	},
	{
		Name:  "mining-vm-1cpu",
		Says:  "psutil metrics of a machine with one CPU",
		Reads: "CSV: timestamp (Unix seconds), cpu_* in percent, net_bytes_*, disk_*_bytes since boot",
		Gives: "system.cpu.utilization by state, system.network.io, system.disk.io; cpu_guest is left out, since cpu_user holds it",
	},
	{
		Name:  "nab",
		Says:  "CPU series of the Numenta Anomaly Benchmark (CloudWatch)",
		Reads: "CSV: timestamp, value; files named …cpu_utilization… or grok_asg… are percent of CPU, others need --map 'value=…'",
		Gives: "system.cpu.utilization without a state",
	},
	{
		Name:  "planetlab",
		Says:  "CPU percent of PlanetLab machines, a file a day",
		Reads: "yyyymmdd.csv[.gz]: a name and up to 288 values, every 5 minutes",
		Gives: "system.cpu.utilization without a state; each row is an asset of its own, name@yyyymmdd",
	},
	{
		Name:  "azure-v1-arrivals",
		Says:  "creations of machines in Azure, batched by tenant",
		Reads: "seconds since the start, then flavour letters, each tenant's batch ended by |: 300 g,|,b,m,|",
		Gives: "evenkeel.lifecycle.v1 create events, a tenant per batch, spread over the 5 minutes before; --flavours tells vCPUs",
	},
}

// presetNames returns the names of Presets from one on.
func presetNames(from int) (names []string) {
	for _, p := range Presets[from:] {
		names = append(names, p.Name)
	}
	return names
}

func miningVM() columnsForm {
	f := columnsForm{time: "timestamp", clock: clock{format: "unix"}, cpu: "cpu0"}
	for _, c := range [...]struct{ column, target string }{
		{"cpu_user", "cpu.user"}, {"cpu_nice", "cpu.nice"}, {"cpu_system", "cpu.system"}, {"cpu_idle", "cpu.idle"},
		{"cpu_iowait", "cpu.iowait"}, {"cpu_irq", "cpu.irq"}, {"cpu_softirq", "cpu.softirq"}, {"cpu_steal", "cpu.steal"},
	} {
		f.columns = append(f.columns, column{name: c.column, target: targets[c.target], unit: unitPercent})
	}
	for _, c := range [...]struct{ column, target string }{
		{"net_bytes_sent", "network.out"}, {"net_bytes_recv", "network.in"},
		{"disk_read_bytes", "disk.read"}, {"disk_write_bytes", "disk.write"},
	} {
		f.columns = append(f.columns, column{name: c.column, target: targets[c.target], unit: unitCounter})
	}
	return f
}

func nab() columnsForm {
	return columnsForm{
		time: "timestamp", clock: clock{format: "2006-01-02 15:04:05"}, check: checkNAB,
		columns: []column{{name: "value", target: targets["cpu.busy"], unit: unitPercent}},
	}
}

// checkNAB refuses series that are not known to be CPU: bytes or milliseconds taken for
// percent would be nonsense that looks like load.
func checkNAB(file string) error {
	name := strings.ToLower(path.Base(file))
	if strings.Contains(name, "cpu_utilization") || strings.HasPrefix(name, "grok_asg") {
		return nil
	}
	return evenkeel.Invalid("convert %s: preset nab knows CPU series by their name (cpu_utilization, grok_asg) and this is "+
		"none; say what it holds with --map, such as --map 'value=network.in:delta'", file)
}
