package edge

import (
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/certificates"
)

// openCertificates makes the store of the sites' certificates.
func openCertificates(now func() time.Time, log *slog.Logger) (*certificates.Store, error) {
	return certificates.New(certificates.Config{Clock: now, Log: log})
}

// faultsOf are what is wrong with certificates, for the status.
func faultsOf(all []certificates.State) (out []string) {
	for _, s := range all {
		if s.Wrong != "" {
			out = append(out, "certificate of site "+string(s.Site)+": "+s.Wrong)
		}
	}
	return out
}
