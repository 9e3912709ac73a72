package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
	"hardenbot/store"
)

// closedStore makes a store with some entries and returns its path.
func closedStore(t testing.TB, entries int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	s := openAt(t, path)
	audit(t, s, entries)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// raw changes the file's content behind the store's back.
func raw(t testing.TB, path string, change func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func wantSentence(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error = %v, want one line with %q", err, part)
	}
}

func TestOpenMakesFileAndDirectoryPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "hardenbot.db")
	openAt(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

// A mistyped path must not make a store that nobody finds again.
func TestOpenMakesOneDirectoryOnly(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	content("x")(t, file)
	for path, want := range map[string]string{
		filepath.Join(dir, "new", "deep", "hardenbot.db"): "there is no directory " + filepath.Join(dir, "new") + " to make deep for the store in",
		filepath.Join(file, "hardenbot.db"):               file + " is not a directory",
		filepath.Join(file, "deep", "hardenbot.db"):       file + " is not a directory",
		dir: dir + " is not a file",
	} {
		wantSentence(t, store.Check(path), want)
		_, err := store.Open(path, store.Options{})
		wantSentence(t, err, want)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v; want the file alone", left, err)
	}
}

func TestNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	for _, want := range []bool{true, false} {
		s := openAt(t, path)
		if s.New() != want {
			t.Errorf("new: %t, want %t", s.New(), want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	empty := filepath.Join(t.TempDir(), "hardenbot.db")
	content("")(t, empty)
	if !openAt(t, empty).New() {
		t.Error("an empty file that became a store is not new")
	}
}

// What is written to a file that has no name any more is lost at the end.
func TestUpdateNeedsTheFileInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	s, away := openAt(t, path), path+".away"
	ran := false
	refused := func(want string) {
		t.Helper()
		wantSentence(t, s.Update(t.Context(), func(actions.Tx) error { ran = true; return nil }), want)
	}
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	refused("is no longer where it was opened, so nothing was recorded")
	content(string(readFile(t, away)))(t, path)
	refused("was replaced by another file")
	if ran {
		t.Error("the update ran")
	}
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	audit(t, s, 1)
	if n := wantIntact(t, s); n != 1 {
		t.Errorf("%d entries after the file was put back, want 1", n)
	}
}

// The lock belongs to the opened file, so that a second opening in the same
// process meets it just as another process does.
func TestOneWriterAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	s := openAt(t, path)
	soon := store.Options{LockWait: 60 * time.Millisecond}
	_, err := store.Open(path, soon)
	wantSentence(t, err, "in use by another hardenbot")
	_, err = store.OpenReadOnly(path, soon)
	wantSentence(t, err, "in use by a running hardenbot; stop that first")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
}

func TestOpenReadOnly(t *testing.T) {
	path := closedStore(t, 3)
	for range 2 { // side by side
		s, err := store.OpenReadOnly(path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if n := wantIntact(t, s); n != 3 {
			t.Errorf("%d entries, want 3", n)
		}
		wantSentence(t, s.Update(t.Context(), fact("F-1")), "opened for reading only")
	}
}

func TestClosedStore(t *testing.T) {
	s := open(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantSentence(t, s.Update(t.Context(), fact("F-1")), "is closed")
	_, err := s.Verify(t.Context())
	wantSentence(t, err, "is closed")
}

// damage is what is wrong with a file, and the sentences that tell of it.
type damage struct {
	name     string
	do       func(t *testing.T, path string)
	open     string
	readOnly string // as open when empty
}

func overwrite(offset int64, data []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(data, offset)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// afterBeginning leaves only the two pages by which a database is recognised.
func afterBeginning(with string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		data := strings.Repeat(with, len(readFile(t, path))-8192)
		overwrite(8192, []byte(data))(t, path)
	}
}

func content(data string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func rewrite(change func(*bolt.Tx) error) func(*testing.T, string) {
	return func(t *testing.T, path string) { t.Helper(); raw(t, path, change) }
}

func setVersion(text string) func(*testing.T, string) {
	return rewrite(func(b *bolt.Tx) error { return b.Bucket([]byte("meta")).Put([]byte("version"), []byte(text)) })
}

var damages = []damage{
	{"a text file", content(strings.Repeat("hello, this is no store\n", 1000)), "is not a store of hardenbot", ""},
	{"a short text file", content("hello"), "is not a store of hardenbot", ""},
	{"both beginnings destroyed", overwrite(0, make([]byte, 8192)), "is not a store of hardenbot", ""},
	{"all pages after the beginning destroyed", afterBeginning("\xa5"), "cannot be read", ""},
	{"all pages after the beginning empty", afterBeginning("\x00"), "cannot be read", ""},
	{"cut off", func(t *testing.T, path string) {
		t.Helper()
		if err := os.Truncate(path, 12<<10); err != nil {
			t.Fatal(err)
		}
	}, "cannot be read", ""},
	{"a database of something else", func(t *testing.T, path string) {
		t.Helper()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		raw(t, path, func(b *bolt.Tx) error { _, err := b.CreateBucket([]byte("users")); return err })
	}, "is not a store of hardenbot", ""},
	{"newer", setVersion("2"), "newer hardenbot (schema 2, this one knows 1); upgrade", ""},
	{"version unreadable", setVersion("one"), "is not a store of hardenbot", ""},
	{"readable by others", func(t *testing.T, path string) {
		t.Helper()
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}, "chmod 600", "-"},
	{"trail cut at the end", rewrite(func(b *bolt.Tx) error {
		return b.Bucket([]byte("audit")).Delete(seqKey(100))
	}), "does not end with entry 100 as recorded", "-"},
	{"head record gone", rewrite(func(b *bolt.Tx) error {
		return b.Bucket([]byte("meta")).Delete([]byte("head"))
	}), "where the audit trail ends is missing or altered", "-"},
	{"a directory", func(t *testing.T, path string) {
		t.Helper()
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}, "is not a file", "is not a store"},
}

// TestOpenSaysWhatIsWrong also opens each damaged file twice: the first
// attempt must let go of the lock. "-" means that reading is still allowed.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			path := closedStore(t, 100)
			tt.do(t, path)
			for range 2 {
				_, err := store.Open(path, store.Options{LockWait: 60 * time.Millisecond})
				wantSentence(t, err, tt.open)
			}
			s, err := store.OpenReadOnly(path, store.Options{LockWait: 60 * time.Millisecond})
			switch tt.readOnly {
			case "-":
				if err != nil {
					t.Fatalf("open for reading: %v", err)
				}
				_ = s.Close()
			case "":
				wantSentence(t, err, tt.open)
			default:
				wantSentence(t, err, tt.readOnly)
			}
		})
	}
}

func TestOpenReadOnlyNeedsAStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	_, err := store.OpenReadOnly(path, store.Options{})
	wantSentence(t, err, "there is no store at")
	content("")(t, path)
	_, err = store.OpenReadOnly(path, store.Options{})
	wantSentence(t, err, "is not a store of hardenbot")
	openAt(t, path) // an empty file, made beforehand, becomes a store
}
