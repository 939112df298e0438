package shield

// Remembered returns how many orders and lifts an enforcer remembers.
func Remembered(e *Enforcer) (calls, lifts int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls), len(e.lifted)
}
