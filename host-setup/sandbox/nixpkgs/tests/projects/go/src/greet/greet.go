// Package greet makes the text.
package greet

// Text greets.
func Text(name string) string {
	return "hello from " + name
}
