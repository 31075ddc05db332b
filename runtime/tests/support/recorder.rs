//! An exporter of metrics that a test can read. There is one for each test binary, as in a service.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};

#[derive(Debug, Default)]
pub struct Recorded {
    counters: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    gauges: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    histograms: Mutex<BTreeMap<String, Arc<Samples>>>,
    described: Mutex<BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct Samples(AtomicU64);

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        assert!((0.0..60.0).contains(&value), "seconds, not {value}");
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Installs it, the first time.
pub fn recorder() -> &'static Recorded {
    static RECORDED: OnceLock<&'static Recorded> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let recorded: &'static Recorded = Box::leak(Box::default());
        metrics::set_global_recorder(recorded).unwrap();
        recorded
    })
}

impl Recorded {
    /// A counter, by its name and its labels in order, as in `name{label=value}`.
    pub fn counter(&self, name: &str) -> u64 {
        read(&self.counters, name)
    }

    pub fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(read(&self.gauges, name))
    }

    /// How often something was measured.
    pub fn measured(&self, name: &str) -> u64 {
        self.histograms.lock().unwrap().get(name).map_or(0, |samples| samples.0.load(Ordering::Relaxed))
    }

    /// The names, without labels, of everything that was registered.
    pub fn names(&self) -> BTreeSet<String> {
        let plain = |name: &String| name.split('{').next().unwrap_or_default().to_owned();
        let counters: Vec<String> = self.counters.lock().unwrap().keys().map(plain).collect();
        let gauges: Vec<String> = self.gauges.lock().unwrap().keys().map(plain).collect();
        let histograms: Vec<String> = self.histograms.lock().unwrap().keys().map(plain).collect();
        counters.into_iter().chain(gauges).chain(histograms).collect()
    }

    /// Everything with its labels.
    pub fn series(&self) -> Vec<String> {
        let counters: Vec<String> = self.counters.lock().unwrap().keys().cloned().collect();
        let gauges: Vec<String> = self.gauges.lock().unwrap().keys().cloned().collect();
        let histograms: Vec<String> = self.histograms.lock().unwrap().keys().cloned().collect();
        [counters, gauges, histograms].concat()
    }

    pub fn described(&self) -> BTreeSet<String> {
        self.described.lock().unwrap().clone()
    }
}

fn read(cells: &Mutex<BTreeMap<String, Arc<AtomicU64>>>, name: &str) -> u64 {
    cells.lock().unwrap().get(name).map_or(0, |cell| cell.load(Ordering::Relaxed))
}

fn named(key: &Key) -> String {
    let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    if labels.is_empty() { key.name().to_owned() } else { format!("{}{{{}}}", key.name(), labels.join(",")) }
}

impl Recorder for &'static Recorded {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned());
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned());
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned());
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.counters.lock().unwrap().entry(named(key)).or_default().clone())
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.gauges.lock().unwrap().entry(named(key)).or_default().clone())
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.histograms.lock().unwrap().entry(named(key)).or_default().clone())
    }
}
