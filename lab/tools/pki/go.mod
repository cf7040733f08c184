module rekindle.dev/lab/tools/pki

go 1.24.0
