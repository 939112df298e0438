package intake

import "strconv"

// AssetAttributes is the default list of the attributes that name an asset: the first one
// that is present wins.
var assetAttributes = []string{"evenkeel.asset", "host.id", "container.id", "k8s.pod.uid", "host.name"}

// DefaultAssetAttributes returns the attributes that name an asset where the operator says
// nothing else, the one that wins first.
func DefaultAssetAttributes() []string { return append([]string(nil), assetAttributes...) }

// AssetOf looks for the asset among attributes: the text of the attribute that comes first
// in names, or the decimal text of its integer, since a tool may take an id of digits for a
// number. Other kinds and an empty text name nothing. rank is its place there, or len(names)
// where there is none; a later call for the point's own attributes may pass names[:rank+1],
// since a point's word beats its resource's of the same name.
func AssetOf(attrs []Attribute, names []string) (asset string, rank int) {
	rank = len(names)
	var best *Attribute
	for i := range attrs {
		a := &attrs[i]
		if !a.names() {
			continue
		}
		for j, name := range names[:rank] {
			if a.Key == name {
				best, rank = a, j
				break
			}
		}
	}
	switch {
	case best == nil:
		return "", rank
	case best.Kind == AttributeInt:
		return strconv.FormatInt(int64(best.Bits), 10), rank
	}
	return best.Text, rank
}

func (a *Attribute) names() bool {
	return a.Kind == AttributeInt || a.Kind == AttributeText && a.Text != ""
}
