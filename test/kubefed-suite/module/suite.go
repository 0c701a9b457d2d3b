//go:build suite

// Package suite pins KubeFed's end-to-end suite, so that `go mod tidy` keeps what it needs.
package suite

import _ "sigs.k8s.io/kubefed/test/e2e"
