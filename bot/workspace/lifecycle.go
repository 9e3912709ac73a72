package workspace

// Close cuts every connection and waits until nothing of the workspace runs.
func (w *Workspace) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.stop()
	w.DropSockets()
	w.work.Wait()
	w.client.CloseIdleConnections()
}

// begin counts a piece of work that Close waits for. It is false once closed.
func (w *Workspace) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.beginLocked()
}

func (w *Workspace) beginLocked() bool {
	if w.closed {
		return false
	}
	w.work.Add(1)
	return true
}

// background runs f on its own, unless the workspace is closed. It needs w.mu.
func (w *Workspace) background(f func()) {
	if !w.beginLocked() {
		return
	}
	go func() {
		defer w.work.Done()
		f()
	}()
}

// notify wakes everybody who waits for a change. It needs w.mu.
func (w *Workspace) notify() {
	w.revision++
	close(w.changed)
	w.changed = make(chan struct{})
}

// touch notes that people see a message change. It needs w.mu.
func (w *Workspace) touch(m *message) {
	w.notify()
	m.revision = w.revision
}
