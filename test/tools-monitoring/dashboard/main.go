// Reads a dashboard of Grafana on standard input as Grafana's own schema has it: whole, and with nothing that is unknown
// there. Prints what is wrong, a line each, and ends with 1 then.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	var read dashboard.Dashboard
	fail(read.UnmarshalJSONStrict(raw))
	fail(read.Validate())
}

// An empty list of errors is an error of the library that says nothing.
func fail(err error) {
	if err != nil && err.Error() != "" {
		fmt.Println(err)
		os.Exit(1)
	}
}
