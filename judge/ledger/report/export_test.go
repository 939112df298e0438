package report

// English and Chinese are the words of the pages.
var English, Chinese = &english, &chinese
