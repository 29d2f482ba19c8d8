"""All benchmarks, one after another; they say their targets and pass no judgement."""

from benchmarks import (
    bench_builders,
    bench_door,
    bench_map,
    bench_moderation,
    bench_schedule,
    bench_signups,
    bench_site,
)

for part in (
    bench_builders,
    bench_site,
    bench_schedule,
    bench_signups,
    bench_moderation,
    bench_door,
    bench_map,
):
    print(f"\n{part.__doc__.splitlines()[0]}", flush=True)
    part.main()
