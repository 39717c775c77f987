package main

import (
	"fmt"

	"example.org/greet/greet"
)

func main() {
	fmt.Println(greet.Text("go"))
}
