// Command kstatus reads Kubernetes objects, one JSON document after another, and prints for each what the kstatus library
// makes of it, one JSON document a line: as kpt has it, and as Flux has it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kstatus "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		// Its own decoder makes whole numbers int64, as the clients of an API server do.
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return err
		}
		theirs, err := kstatus.Compute(object)
		if err != nil {
			return err
		}
		forked, err := flux.Compute(object)
		if err != nil {
			return err
		}
		both := map[string]verdict{
			"kstatus": {string(theirs.Status), theirs.Message},
			"flux":    {string(forked.Status), forked.Message},
		}
		if err := encoder.Encode(both); err != nil {
			return err
		}
	}
}
