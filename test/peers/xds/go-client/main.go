// A client of grpc-go that dials xds:///<service> and makes the calls that it reads from its standard input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds"
)

type order struct {
	Service      string `json:"service"`
	Count        int    `json:"count"`
	WaitForReady *bool  `json:"waitForReady"`
}

// raw sends and receives bytes as they are.
type raw struct{}

func (raw) Name() string { return "raw" }
func (raw) Marshal(v any) ([]byte, error) {
	return *v.(*[]byte), nil
}
func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// names are those of gRPC's JSON mapping, which the other clients print.
var names = map[uint32]string{4: "DEADLINE_EXCEEDED", 12: "UNIMPLEMENTED", 14: "UNAVAILABLE"}

func main() {
	encoding.RegisterCodec(raw{})
	connections := map[string]*grpc.ClientConn{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var wanted order
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
			panic(err)
		}
		connection, known := connections[wanted.Service]
		if !known {
			var err error
			connection, err = grpc.NewClient("xds:///"+wanted.Service,
				grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				panic(err)
			}
			connections[wanted.Service] = connection
		}
		waits := wanted.WaitForReady == nil || *wanted.WaitForReady
		answers := map[string]int{}
		for range wanted.Count {
			answers[call(connection, waits)]++
		}
		text, _ := json.Marshal(answers)
		fmt.Println(string(text))
	}
}

func call(connection *grpc.ClientConn, waits bool) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var request, reply []byte
	err := connection.Invoke(ctx, "/lab.Echo/Call", &request, &reply,
		grpc.WaitForReady(waits), grpc.CallContentSubtype("raw"))
	if err == nil {
		return string(reply)
	}
	code := uint32(status.Code(err))
	if name, known := names[code]; known {
		return name
	}
	return fmt.Sprintf("%v: %v", status.Code(err), err)
}
