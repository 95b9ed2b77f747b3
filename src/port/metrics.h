/* Counters and histograms as one plain struct of atomics, passed to whoever counts. See metrics.def for the
 * list. */
#ifndef PORT_METRICS_H
#define PORT_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

enum metric_counter {
#define COUNTER(symbol, name, help) symbol,
#define HISTOGRAM(symbol, name, help)
#include "port/metrics.def"
#undef COUNTER
#undef HISTOGRAM
    METRIC_COUNTERS
};
enum metric_histogram {
#define COUNTER(symbol, name, help)
#define HISTOGRAM(symbol, name, help) symbol,
#include "port/metrics.def"
#undef COUNTER
#undef HISTOGRAM
    METRIC_HISTOGRAMS
};

/* Upper bounds in microseconds; the last bucket is +Inf. */
#define METRIC_BOUNDS_US                                                                                     \
    {                                                                                                        \
        100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,      \
            10000000                                                                                         \
    }
enum { METRIC_BUCKETS = 16 };

struct metrics {
    _Atomic uint64_t counter[METRIC_COUNTERS];
    struct {
        _Atomic uint64_t bucket[METRIC_BUCKETS], sum_us;
    } histogram[METRIC_HISTOGRAMS];
};

static inline void metric_add(struct metrics *m, enum metric_counter c, uint64_t n) {
    if (m) atomic_fetch_add_explicit(&m->counter[c], n, memory_order_relaxed);
}
static inline void metric_observe(struct metrics *m, enum metric_histogram h, int64_t us) {
    static const int64_t bounds[] = METRIC_BOUNDS_US;
    if (!m) return;
    if (us < 0) us = 0;
    int i = 0;
    while (i < METRIC_BUCKETS - 1 && us > bounds[i]) i++;
    atomic_fetch_add_explicit(&m->histogram[h].bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->histogram[h].sum_us, (uint64_t)us, memory_order_relaxed);
}

#endif
