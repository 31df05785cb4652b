"""What a call costs from wire to wire: a server on one core, this load generator on another.

make latency                 every path, the throughput–latency curve, the shards: benchmarks/LATENCY.md and its plot
python -m benchmarks.latency.soak --seconds 600
"""
