// Prints how Go encodes the fields of every type that Kubernetes' built-in kinds reach: for each type, by the name that
// OpenAPI gives it, each JSON field with its Go type and whether an empty value is left out. OpenAPI does not tell a pointer
// from a value, nor what `omitempty` drops, and both show in answers and in the words of decoding errors.
//
//	go run -C test/kube/kubernetes $PWD/cli/sandbox/apiserver/schema/go-types.go
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var types = map[string]map[string]string{}

func main() {
	for _, add := range []func() error{
		func() error { return apiextensions.AddToScheme(scheme.Scheme) },
		func() error { return apiregistration.AddToScheme(scheme.Scheme) },
	} {
		if err := add(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	scheme.Scheme.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{})
	for _, kind := range scheme.Scheme.AllKnownTypes() {
		visit(kind)
	}
	if err := json.NewEncoder(os.Stdout).Encode(types); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func visit(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		visit(t.Elem())
	case reflect.Struct:
		name := openAPIName(t)
		if !strings.HasPrefix(name, "io.k8s.") || types[name] != nil {
			return
		}
		fields := map[string]string{}
		types[name] = fields
		collect(t, "", fields)
	}
}

// The fields of a struct and of what it embeds, which errors name with the embedded struct before them.
func collect(t reflect.Type, embedded string, fields map[string]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case tag == "-" || field.PkgPath != "":
		case tag == "":
			if field.Anonymous && field.Type.Kind() == reflect.Struct {
				collect(field.Type, embedded+field.Name+".", fields)
			}
		default:
			omit := ""
			for _, option := range strings.Split(options, ",") {
				if option == "omitempty" || option == "omitzero" {
					omit += "," + option
				}
			}
			fields[tag] = field.Type.String() + omit
			if named := basicKind(field.Type); named != "" {
				fields[tag] += "=" + named
			}
			if embedded != "" && embedded != "TypeMeta." {
				fields[tag] += "@" + embedded
			}
			visit(field.Type)
		}
	}
}

// What a named type such as v1.Protocol is underneath; empty for others.
func basicKind(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "" || t.Kind() == reflect.Struct {
		return ""
	}
	return t.Kind().String()
}

func openAPIName(t reflect.Type) string {
	host, rest, _ := strings.Cut(t.PkgPath(), "/")
	parts := strings.Split(host, ".")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(append(parts, strings.ReplaceAll(rest, "/", "."), t.Name()), ".")
}
