package awk

// The tree of a program. An expression or a statement is a node with what kind
// it is, its text, and what stands below it.
type node struct {
	kind string // see the constants; an operator stands for itself
	text string
	kids []*node // expressions
	body []*node // statements
	also []*node // of if: else
}

const (
	aNumber  = "number"
	aString  = "string"
	aRegexp  = "regexp"
	aVar     = "var"
	anIndex  = "index" // NAME[kids]
	aField   = "field"
	aCall    = "call"
	aGroup   = "group" // (a, b) before in
	aConcat  = "concat"
	anIn     = "in"
	aGetline = "getline" // text: "", "<" or "|"; kids: target or nil, source
	aPre     = "pre"     // ++x, --x
	aPost    = "post"    // x++, x--
	aMinus   = "minus"
	aPlus    = "plus"

	aBlock = "block"
	anExpr = "expr"
	aFor   = "for" // kids: condition or nil; also: init, step
	aForIn = "forin"
)

type function struct {
	params []string
	body   *node
}

// rule is a pattern and what is done with the records that it matches.
type rule struct {
	pattern *node // nil matches all
	action  *node // nil prints
}

type program struct {
	begin, end []*node
	rules      []rule
	functions  map[string]*function
}
