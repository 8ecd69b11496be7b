// Not Retina: the laboratory's stand-in, see the README beside it. Answers /metrics with series by Retina's names.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Set at link time.
var version = "unknown"

// States of a socket as the kernel numbers them: include/net/tcp_states.h.
var states = map[string]string{"01": "ESTABLISHED", "06": "TIME_WAIT", "0A": "LISTEN"}

// fields of every line of a file, from the given line on.
func fields(path string, skip int) [][]string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var rows [][]string
	for scanner, n := bufio.NewScanner(file), 0; scanner.Scan(); n++ {
		if n >= skip {
			rows = append(rows, strings.Fields(strings.ReplaceAll(scanner.Text(), ":", " ")))
		}
	}
	return rows
}

// column of all interfaces but lo, summed: /proc/net/dev has bytes and packets received first, sent from the ninth number on.
func sum(column int) (total uint64) {
	for _, row := range fields("/proc/net/dev", 2) {
		if len(row) > column && row[0] != "lo" {
			n, _ := strconv.ParseUint(row[column], 10, 64)
			total += n
		}
	}
	return total
}

func nodeSeries(out *strings.Builder) {
	for _, one := range []struct {
		name, direction string
		column          int
	}{{"count", "ingress", 2}, {"count", "egress", 10}, {"bytes", "ingress", 1}, {"bytes", "egress", 9}} {
		fmt.Fprintf(out, "networkobservability_forward_%s{direction=%q} %d\n", one.name, one.direction, sum(one.column))
	}
	counts := map[string]int{}
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, row := range fields(path, 1) {
			// sl, local address, its port, remote address, its port, state: the colons are spaces here.
			if len(row) > 5 {
				counts[row[5]]++
			}
		}
	}
	for number, state := range states {
		fmt.Fprintf(out, "networkobservability_tcp_state{state=%q} %d\n", state, counts[number])
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "init" {
		return
	}
	port := flag.Int("port", 10093, "")
	silentOn := flag.String("silent-on", "", "")
	flag.Parse()
	silent := *silentOn != "" && *silentOn == os.Getenv("NODE_NAME")
	http.HandleFunc("/metrics", func(answer http.ResponseWriter, _ *http.Request) {
		var out strings.Builder
		fmt.Fprintf(&out, "retina_stand_in_info{version=%q} 1\n", version)
		if !silent {
			nodeSeries(&out)
		}
		fmt.Fprint(answer, out.String())
	})
	fmt.Println("not Retina: the laboratory's stand-in", version, "silent:", silent)
	fmt.Println(http.ListenAndServe(fmt.Sprintf(":%d", *port), nil))
	os.Exit(1)
}
