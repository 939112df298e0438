// Package report holds the values of abuse reports: what others say of an address, domain or
// page that a tenant of ours holds.
//
// In and out: the packages beside this one (xarf, arf, form) make a Report of bytes; Report.Add
// puts its record into an evenkeel.Batch; Report.Told is what a tenant may read of it. Precision
// counts what became of the reports of one reporter.
//
// Reading order: report.go (the value), class.go (kinds of abuse), told.go (what the tenant
// reads), record.go (what the engine gets), moment.go (times as mails write them), precision.go.
//
// What must always hold: a report is what somebody says, and costs its sender nothing: it is
// evidence of the family "report" and alone leads to a notice. Who may be written back to is kept
// apart in Reporter.Contact, and no way of showing a report to a tenant has it. A report
// counts at the time that it is about, not at the time it came. Texts and evidence are bounded.
//
// What is not here: reading bytes, and deciding anything.
package report
