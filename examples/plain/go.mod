module example.internal/plain

go 1.25
