// Command argocd-health runs a health script as Argo CD does: in gopher-lua, with the base, package and table libraries and
// no other, the object in the global `obj`, and one second of time. It reads Kubernetes objects, one JSON document after
// another, and prints for each the table that the script returned, one JSON document a line.
//
//	argocd-health path/to/health.lua
//
// Not here: the `os` that Argo CD has instead of Lua's own (time and date), which no script of ours asks for.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: argocd-health FILE.lua < objects")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "argocd-health:", err)
		os.Exit(1)
	}
}

func run(file string, in io.Reader, out io.Writer) error {
	script, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := healthOf(object, string(script))
		if err != nil {
			return err
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
}

func healthOf(object map[string]any, script string) (health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
	} {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return health{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", valueOf(state, object))
	if err := state.DoString(script); err != nil {
		return health{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return health{}, fmt.Errorf("the script returned a %s, not a table", state.Get(-1).Type())
	}
	var result health
	var err error
	table.ForEach(func(key, value lua.LValue) {
		text, isText := value.(lua.LString)
		switch {
		case !isText:
			err = fmt.Errorf("%s is a %s, not a string", key, value.Type())
		case key.String() == "status":
			result.Status = string(text)
		case key.String() == "message":
			result.Message = string(text)
		default:
			err = fmt.Errorf("a health has no field %s", key)
		}
	})
	return result, err
}

func valueOf(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		list := state.NewTable()
		for _, one := range value {
			list.Append(valueOf(state, one))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, one := range value {
			table.RawSetString(key, valueOf(state, one))
		}
		return table
	default:
		return lua.LNil
	}
}
