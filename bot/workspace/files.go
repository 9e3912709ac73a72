package workspace

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// file is an upload: announced, then sent, then completed and shared.
type file struct {
	File
	length int
	sent   bool
	done   bool
}

// uploadURL is the first of three steps: announce a file by name and length.
func uploadURL(c *call) (object, error) {
	name, err := c.need("filename")
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(c.str("length"))
	if err != nil || length < 1 || length > maxUpload {
		return nil, refuse("invalid_arguments", "[ERROR] length must be from 1 to the file size limit")
	}
	f := &file{File: File{ID: c.nextID("F"), Name: name, Title: name}, length: length}
	secret := newSecret()
	c.files[secret], c.files[f.ID] = f, f
	return object{"upload_url": c.cfg.URL + "/upload/" + secret, "file_id": f.ID}, nil
}

// serveUpload is the second step: the content, raw or as a multipart form.
func (w *Workspace) serveUpload(rw http.ResponseWriter, req *http.Request) {
	content, err := uploaded(rw, req)
	if err != nil {
		http.Error(rw, "bad upload", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[req.PathValue("secret")]
	switch {
	case f == nil || f.ID == req.PathValue("secret") || f.done:
		http.Error(rw, "not found", http.StatusNotFound)
	case len(content) != f.length:
		http.Error(rw, "the length is not the one announced", http.StatusBadRequest)
	default:
		f.Content, f.sent = content, true
		_, _ = io.WriteString(rw, "OK - "+strconv.Itoa(f.length))
	}
}

// uploaded reads the content: the body as it is, or the first part of a form. The
// official clients give that part different names.
func uploaded(rw http.ResponseWriter, req *http.Request) ([]byte, error) {
	req.Body = http.MaxBytesReader(rw, req.Body, maxUpload+maxBody)
	if !strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/form-data") {
		return io.ReadAll(req.Body)
	}
	parts, err := req.MultipartReader()
	if err != nil {
		return nil, err
	}
	part, err := parts.NextPart()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(part)
}

// completeUpload is the third step: share the files in a channel or thread.
func completeUpload(c *call) (object, error) {
	var wanted []struct{ ID, Title string }
	if err := json.Unmarshal(c.json("files"), &wanted); err != nil || len(wanted) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] files must be a list with at least one file")
	}
	var files []*file
	for _, x := range wanted {
		f := c.files[x.ID]
		if f == nil || f.ID != x.ID || !f.sent || f.done {
			return nil, refuse("file_not_found")
		}
		if x.Title != "" {
			f.Title = x.Title
		}
		files = append(files, f)
	}
	if id := c.str("channel_id"); id != "" {
		if err := c.share(id, files); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		f.done = true
	}
	return object{"files": wireFiles(files)}, nil
}

func (c *call) share(channelID string, files []*file) error {
	ch, err := c.writable(channelID)
	if err != nil {
		return err
	}
	thread, err := ch.thread(c.str("thread_ts"))
	if err != nil {
		return err
	}
	say, err := c.readParts(c.str("initial_comment"), c.json("blocks"))
	if err != nil {
		return err
	}
	m := c.add(&message{channel: ch, user: c.cfg.App.BotUserID, botID: c.cfg.App.BotID, text: say.text,
		blocks: say.blocks, threadTS: thread, files: files})
	c.emitMessage(m)
	return nil
}

func wireFiles(files []*file) []object {
	var out []object
	for _, f := range files {
		out = append(out, object{"id": f.ID, "name": f.Name, "title": f.Title, "size": f.length})
	}
	return out
}

// File returns a file that the person sees in a message, a modal or the home tab.
func (p Person) File(id string) (File, bool) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil || f.ID != id || !f.done || !p.sees(f) {
		return File{}, false
	}
	return f.File, true
}

// sees needs w.mu.
func (p Person) sees(f *file) bool {
	for _, ch := range p.w.channels {
		for _, m := range ch.messages {
			shown := slices.Contains(m.files, f) || showsFile(m.blocks, f.ID)
			if shown && !m.deleted && ch.has(p.user.ID) && m.visibleTo(p.user.ID) {
				return true
			}
		}
	}
	views := slices.Clone(p.w.modals[p.user.ID])
	if home := p.w.homes[p.user.ID]; home != nil {
		views = append(views, home)
	}
	return slices.ContainsFunc(views, func(v *view) bool { return showsFile(v.blocks, f.ID) })
}

// showsFile says whether any part of a block has an image of this file.
func showsFile(v any, id string) bool {
	show := func(v any) bool { return showsFile(v, id) }
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, show)
	case object:
		if f, ok := v["slack_file"].(object); ok && f["id"] == id {
			return true
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), show)
	}
	return false
}
