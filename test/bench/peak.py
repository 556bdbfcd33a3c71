"""Runs a command and prints one JSON line after its output: {"seconds", "peakMB"} of the whole process. python peak.py COMMAND ARGUMENT..."""
import json
import resource
import subprocess
import sys
import time

start = time.time()
code = subprocess.run(sys.argv[1:]).returncode
print(json.dumps({"seconds": time.time() - start, "peakMB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))
sys.exit(code)
