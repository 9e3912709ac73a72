package awsfake

// Image is a machine image.
type Image struct {
	ID    string // ami-…; given out if empty
	Name  string
	Owner string // account; the place's own if empty
	Tags  map[string]string
}

// AddImage adds an image and returns its id.
func (p *Place) AddImage(i Image) string {
	return p.add("ami", i.ID, func(s *State, id string) {
		i.ID = id
		if i.Owner == "" {
			i.Owner = p.account
		}
		s.Images[id] = i
	})
}

var images = kind[Image]{
	param: "ImageId", prefix: "ami", noun: "image id", max: 1000,
	malformed: "InvalidAMIID.Malformed", notFound: "InvalidAMIID.NotFound",
	id:   func(i Image) string { return i.ID },
	tags: func(i Image) map[string]string { return i.Tags },
	filters: map[string]func(*State, Image) []string{
		"image-id": func(_ *State, i Image) []string { return []string{i.ID} },
		"name":     func(_ *State, i Image) []string { return []string{i.Name} },
		"owner-id": func(_ *State, i Image) []string { return []string{i.Owner} },
		"state":    func(*State, Image) []string { return []string{"available"} },
	},
}

func describeImages(r *request) (any, error) {
	list, next, err := images.describe(r, sorted(r.Images))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(i Image) fields {
		return fields{
			{"imageId", i.ID}, {"name", i.Name}, {"imageOwnerId", i.Owner}, {"imageLocation", i.Owner + "/" + i.Name},
			{"imageState", "available"}, {"imageType", "machine"}, {"isPublic", i.Owner != r.caller.account}, {"tagSet", tagSet(i.Tags)},
		}
	})
	return fields{{"imagesSet", items[fields]{wire}}, {"nextToken", next}}, nil
}
