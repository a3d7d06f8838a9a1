//! Timing in turn: whatever the machine does meanwhile, it does to both.

use std::time::Instant;

/// Anything may fail, and then there is no figure.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Odd, so that the median is one of them.
const ROUNDS: usize = 15;
/// Before they count: caches fill, files grow, processors wake up.
const WARM_UP: usize = 2;

/// Medians over the rounds.
pub struct Figures {
    ours: f64,
    bare: f64,
    ratio: f64,
}

impl Figures {
    /// A line of the report.
    pub fn row(&self, name: &str, goal: &str) -> String {
        let goal = if goal.is_empty() { String::new() } else { format!("≥ {goal}") };
        format!(
            "{name:<28} {:>9.2} µs {:>9.2} µs {:>7.2}   {goal}",
            self.ours / 1e3,
            self.bare / 1e3,
            self.ratio
        )
    }
}

/// Rounds of `calls` calls of the one, then of the other. The ratio is bare's time by ours, round by round.
pub fn compare(
    calls: u32,
    mut ours: impl FnMut() -> Outcome<()>,
    mut bare: impl FnMut() -> Outcome<()>,
) -> Outcome<Figures> {
    let (mut our_times, mut bare_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        let our_time = per_call(calls, &mut ours)?;
        let bare_time = per_call(calls, &mut bare)?;
        if round >= WARM_UP {
            our_times.push(our_time);
            bare_times.push(bare_time);
            ratios.push(bare_time / our_time);
        }
    }
    Ok(Figures { ours: median(our_times), bare: median(bare_times), ratio: median(ratios) })
}

/// The median of a few rounds, in whole nanoseconds.
pub fn quick(calls: u32, mut work: impl FnMut() -> Outcome<()>) -> Outcome<u64> {
    let times = (0..5).map(|_| per_call(calls, &mut work)).collect::<Outcome<Vec<_>>>()?;
    Ok(median(times) as u64)
}

fn per_call(calls: u32, work: &mut impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let begun = Instant::now();
    for _ in 0..calls {
        work()?;
    }
    Ok(begun.elapsed().as_nanos() as f64 / f64::from(calls))
}

/// The middle one.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
