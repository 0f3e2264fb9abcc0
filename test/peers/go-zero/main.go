// A peer that publishes and subscribes by go-zero's core/discov. It is told by lines on stdin and tells each change of what it
// sees by a line on stdout: the values, in order, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/discov"
	"github.com/zeromicro/go-zero/core/logx"
)

// Arguments: host:port of etcd, the key, and the time to live of a publication in seconds.
func main() {
	logx.SetWriter(logx.NewWriter(os.Stderr))
	hosts, key := []string{os.Args[1]}, os.Args[2]
	ttl, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(err)
	discov.TimeToLive = ttl

	subscriber, err := discov.NewSubscriber(hosts, key)
	must(err)
	var lock sync.Mutex
	tell := func() {
		lock.Lock()
		defer lock.Unlock()
		values := append([]string{}, subscriber.Values()...)
		sort.Strings(values)
		line, err := json.Marshal(values)
		must(err)
		fmt.Println(string(line))
	}
	subscriber.AddListener(tell)
	tell()

	publishers := map[string]*discov.Publisher{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		command, value, _ := strings.Cut(lines.Text(), " ")
		switch command {
		case "publish":
			publishers[value] = discov.NewPublisher(hosts, key, value)
			// As an application would: etcd may be away.
			for publishers[value].KeepAlive() != nil {
				time.Sleep(100 * time.Millisecond)
			}
		case "stop":
			publishers[value].Stop()
		}
	}
}

func must(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
