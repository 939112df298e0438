package courier

// letter is a message before it has a form: what both of its forms say.
type letter struct {
	Lang     string
	Colon    string
	Aside    string // what stands around a note
	Subject  string
	Operator string
	What     string   // happened: the first line
	Then     []string // what follows from that, by paragraphs
	Works    string   // still, or again
	Reason   []string // that was given, line by line; "" between its paragraphs
	Sections []section
	Sign     string
	Auto     string
	Ledger   proof
}

type section struct {
	Title  string
	Tone   string // of the HTML: "answer" or ""
	Blocks []block
}

// block is one of: a paragraph, a link, a list, rows.
type block struct {
	Text  saying
	Link  string // an address, with Text as what it is called
	Main  bool   // the link is what most readers want
	Small bool   // the text is aside
	Items []item
	Rows  []row
}

// saying is a text, with its language where it is not the letter's.
type saying struct{ Text, Lang string }

// item is a line of a list with what is to be said beside it.
type item struct {
	Says saying
	Note string
}

type row struct {
	Name  string
	Value saying
}

// proof is the signed head of the ledger, line by line as it was signed.
type proof struct {
	Title, Why string
	Lines      []string
}
