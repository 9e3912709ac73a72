package bot

import (
	"context"
	"sync"
)

// tasks keeps track of goroutines, so that none outlives the bot.
type tasks struct {
	mu   sync.Mutex
	on   bool
	ctx  context.Context // of all of them
	stop context.CancelFunc
	wg   sync.WaitGroup
}

func newTasks() *tasks {
	ctx, stop := context.WithCancel(context.Background())
	return &tasks{ctx: ctx, stop: stop}
}

// open lets start start.
func (t *tasks) open() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = true
}

// start runs f on its own, or returns false outside of open and close.
func (t *tasks) start(f func(ctx context.Context)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on {
		return false
	}
	t.wg.Go(func() { f(t.ctx) })
	return true
}

// close ends the context and waits until all have returned.
func (t *tasks) close() {
	t.mu.Lock()
	t.on = false
	t.mu.Unlock()
	t.stop()
	t.wg.Wait()
}
