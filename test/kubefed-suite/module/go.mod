module fedmesh.io/test/kubefed-suite

go 1.16

require sigs.k8s.io/kubefed v0.10.0
