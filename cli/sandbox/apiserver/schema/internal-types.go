// Prints encoding/internal-types.ts: how Go's internal types name the fields that a few refusals show as they are: for each type its fields in order, each
// with the name that users know it by and what it is when it is left out. Embedded structs are flattened, as JSON does.
//
//	go run -C test/kube/kubernetes $PWD/cli/sandbox/apiserver/schema/internal-types.go > cli/sandbox/apiserver/encoding/internal-types.ts
//	npx biome check --write cli/sandbox/apiserver/kinds/encoding
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core"
)

var types = map[string][][3]string{}

func main() {
	visit(reflect.TypeFor[core.PodSpec](), reflect.TypeFor[v1.PodSpec]())
	visit(reflect.TypeFor[core.PersistentVolumeClaimSpec](), reflect.TypeFor[v1.PersistentVolumeClaimSpec]())
	fmt.Print(head)
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fields, _ := json.Marshal(types[name])
		fmt.Printf("  %s: %s,\n", name, fields)
	}
	fmt.Println("};")
}

const head = `/**
 * The fields of Go's internal types in their order, as schema/internal-types.go prints them; not edited by hand. Of each: the name
 * that Go shows, the name that users know it by, and what it is when it is left out, with its own type after a colon.
 */
export const INTERNAL_TYPES: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
`

func visit(internal, external reflect.Type) {
	if _, seen := types[internal.Name()]; seen {
		return
	}
	types[internal.Name()] = [][3]string{}
	named := map[string]reflect.StructField{}
	collect(external, named)
	fields := [][3]string{}
	add(internal, named, &fields)
	types[internal.Name()] = fields
}

func collect(t reflect.Type, named map[string]reflect.StructField) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			collect(field.Type, named)
		} else {
			named[field.Name] = field
		}
	}
}

func add(t reflect.Type, named map[string]reflect.StructField, fields *[][3]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			add(field.Type, named, fields)
			continue
		}
		shown := field.Name
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag != "" {
			shown = tag
		}
		known, outside := "", field.Type
		if same, ok := named[field.Name]; ok {
			known, _, _ = strings.Cut(same.Tag.Get("json"), ",")
			outside = same.Type
		}
		*fields = append(*fields, [3]string{shown, known, describe(field.Type, outside)})
	}
}

// `null`, `""`, `0` or `false`: what it is when left out; then, after a colon, the type that it or its items are, if that has other names inside.
func describe(t, external reflect.Type) string {
	zero := "null"
	switch t.Kind() {
	case reflect.String:
		return `""`
	case reflect.Bool:
		return "false"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Float64:
		return "0"
	case reflect.Struct:
		zero = "{}"
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
		if external.Kind() == reflect.Pointer || external.Kind() == reflect.Slice || external.Kind() == reflect.Map {
			external = external.Elem()
		}
	}
	if t.Kind() != reflect.Struct {
		return zero
	}
	if !strings.HasSuffix(t.PkgPath(), "/apis/core") {
		if zero == "{}" {
			text, _ := json.Marshal(reflect.Zero(t).Interface())
			return string(text)
		}
		return zero
	}
	visit(t, external)
	return zero + ":" + t.Name()
}
