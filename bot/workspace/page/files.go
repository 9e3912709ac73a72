package page

import (
	"mime"
	"net/http"

	"hardenbot/bot/workspace"
)

// file sends an uploaded file: pictures to show, and anything else to save, so
// that no upload is ever a page of this origin.
func (s *server) file(rw http.ResponseWriter, req *http.Request, p workspace.Person) {
	f, ok := p.File(req.PathValue("id"))
	if !ok {
		http.NotFound(rw, req)
		return
	}
	kind, image := imageType(f.Content)
	if !image {
		rw.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	rw.Header().Set("Content-Type", kind)
	rw.Header().Set("Cache-Control", "private, max-age=3600") // the content of an ID never changes
	_, _ = rw.Write(f.Content)                                // a browser that hung up is not our fault
}

// imageType looks at the content, not at the name. SVG is no picture here: it can
// hold scripts.
func imageType(content []byte) (kind string, image bool) {
	switch kind := http.DetectContentType(content); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return kind, true
	}
	return "application/octet-stream", false
}
