//! Paced streams as a picture: four panels over the number of streams, readable on light and dark.

use std::fmt::Write;

use crate::candidate::Kind;
use crate::report::Point;
use crate::streams::Outcome;
use crate::table::{count, figure};

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 700.0;
/// Of one panel, and of what is drawn in it.
const PANEL: [f64; 2] = [WIDTH / 2.0, 315.0];
const INSIDE: [f64; 4] = [68.0, 62.0, 276.0, 195.0];
/// Heads begin here.
const MARGIN: f64 = 24.0;
const TOP: f64 = 52.0;

/// Colours are told apart by people who see none of red and green, too.
const STYLE: &str = "
  svg { --paper: #ffffff; --ink: #1f2328; --faint: #656d76; --grid: #d8dee4;
        --plugin: #0969da; --floor: #6e7781; --python: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --grid: #30363d;
          --plugin: #58a6ff; --floor: #9198a1; --python: #f0883e; }
  }
  text { font: 12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif; fill: var(--faint); }
  .title { font-size: 17px; font-weight: 600; fill: var(--ink); }
  .head { font-size: 14px; font-weight: 600; fill: var(--ink); }
  .paper { fill: var(--paper); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
  .floor.line { stroke-dasharray: 5 4; }
  .plugin { stroke: var(--plugin); } .floor { stroke: var(--floor); } .python { stroke: var(--python); }
  text.plugin { fill: var(--plugin); } text.floor { fill: var(--floor); } text.python { fill: var(--python); }
  circle.plugin { fill: var(--plugin); } circle.floor { fill: var(--paper); } circle.python { fill: var(--python); }
  .label { font-weight: 600; stroke: none; }
";

struct Panel {
    head: &'static str,
    about: &'static str,
    /// Decades of milliseconds, or steps of a share.
    logarithmic: bool,
    value: fn(&Outcome) -> f64,
}

const PANELS: [Panel; 4] = [
    Panel {
        head: "Share of the ideal rate",
        about: "1 is every chunk on time; higher is better",
        logarithmic: false,
        value: |outcome| outcome.share,
    },
    Panel {
        head: "Processor time for 1,000 chunks",
        about: "lower is better",
        logarithmic: true,
        value: |outcome| outcome.processor,
    },
    Panel {
        head: "Time to the first chunk, p99",
        about: "all streams begin at once; lower is better",
        logarithmic: true,
        value: |outcome| outcome.first[1],
    },
    Panel {
        head: "Added latency of a chunk, p99",
        about: "from the gateway's write to the line; lower is better",
        logarithmic: true,
        value: |outcome| outcome.latency[1],
    },
];

/// A picture of these points.
pub fn draw(points: &[Point]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-label=\"Streams at a chunk every 20 ms: rate, processor time, first \
         chunk and latency over the number of streams\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n\
         <text class=\"title\" x=\"{x}\" y=\"32\">Streams at a chunk every 20 ms, through one process</text>\n",
        x = MARGIN
    );
    for (place, panel) in PANELS.iter().enumerate() {
        let (x, y) = (PANEL[0] * (place % 2) as f64, TOP + PANEL[1] * (place / 2) as f64);
        let _ = writeln!(out, "<g transform=\"translate({x} {y})\">");
        draw_panel(&mut out, panel, points);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// From values to places.
struct Scale {
    logarithmic: bool,
    from: f64,
    to: f64,
    /// Where it begins, and how long it is; negative if it goes up.
    place: [f64; 2],
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let position = |value: f64| if self.logarithmic { value.log10() } else { value };
        let part = (position(value) - position(self.from)) / (position(self.to) - position(self.from));
        self.place[0] + self.place[1] * part
    }
}

fn draw_panel(out: &mut String, panel: &Panel, points: &[Point]) {
    let [left, top, width, height] = INSIDE;
    let shown: Vec<(Kind, u64, f64)> = points
        .iter()
        .map(|point| (point.kind, point.streams, (panel.value)(&point.outcome)))
        .filter(|(_, _, value)| value.is_finite() && (!panel.logarithmic || *value > 0.0))
        .collect();
    let mut counts: Vec<u64> = shown.iter().map(|(_, streams, _)| *streams).collect();
    counts.sort_unstable();
    counts.dedup();
    let _ = writeln!(
        out,
        "<text class=\"head\" x=\"{x}\" y=\"26\">{}</text><text x=\"{x}\" y=\"44\">{}</text>",
        panel.head,
        panel.about,
        x = MARGIN
    );
    let (Some(fewest), Some(most)) = (counts.first(), counts.last()) else { return };
    let across = Scale {
        logarithmic: true,
        from: *fewest as f64,
        // One number of streams alone stands at the left.
        to: (*most as f64).max(*fewest as f64 * 2.0),
        place: [left, width],
    };
    let (from, to) = range(panel.logarithmic, shown.iter().map(|(_, _, value)| *value));
    let up = Scale { logarithmic: panel.logarithmic, from, to, place: [top + height, -height] };
    for tick in ticks(panel.logarithmic, from, to) {
        let y = up.at(tick);
        let text = if panel.logarithmic { time(tick) } else { tick.to_string() };
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{x}\" y=\"{below:.1}\" text-anchor=\"end\">{text}</text>",
            right = left + width,
            x = left - 8.0,
            below = y + 4.0
        );
    }
    for streams in &counts {
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
            count(*streams),
            x = across.at(*streams as f64),
            y = top + height + 18.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">streams at once</text>",
        x = left + width / 2.0,
        y = top + height + 36.0
    );
    let mut labels = Vec::new();
    // What matters most is drawn last, over the others.
    for kind in [Kind::Floor, Kind::Python, Kind::Plugin] {
        let mut line: Vec<(u64, f64)> =
            shown.iter().filter(|(of, ..)| *of == kind).map(|(_, streams, value)| (*streams, *value)).collect();
        line.sort_by_key(|(streams, _)| *streams);
        let Some((last, value)) = line.last().copied() else { continue };
        let places: Vec<(f64, f64)> =
            line.iter().map(|(streams, value)| (across.at(*streams as f64), up.at(*value))).collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let class = class(kind);
        let _ = writeln!(out, "<polyline class=\"line {class}\" points=\"{}\"/>", path.join(" "));
        for ((x, y), (streams, value)) in places.iter().zip(&line) {
            let _ = writeln!(
                out,
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\"><title>{}, {} streams: {}</title>\
                 </circle>",
                name(kind),
                count(*streams),
                figure(Some(*value))
            );
        }
        labels.push((kind, across.at(last as f64) + 9.0, up.at(value) + 4.0));
    }
    spread(&mut labels, top + height);
    for (kind, x, y) in labels {
        let _ = writeln!(
            out,
            "<text class=\"label {class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            name(kind),
            class = class(kind)
        );
    }
}

/// The floor of streams is always the relay.
fn name(kind: Kind) -> &'static str {
    if kind == Kind::Floor { "relay (floor)" } else { kind.name() }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Plugin => "plugin",
        Kind::Floor => "floor",
        Kind::Python => "python",
    }
}

/// Labels that would stand on each other are moved apart, and up from the bottom.
fn spread(labels: &mut [(Kind, f64, f64)], bottom: f64) {
    const APART: f64 = 15.0;
    labels.sort_by(|one, other| one.2.total_cmp(&other.2));
    for index in 1..labels.len() {
        labels[index].2 = labels[index].2.max(labels[index - 1].2 + APART);
    }
    let mut lowest = bottom + APART;
    for label in labels.iter_mut().rev() {
        label.2 = label.2.min(lowest - APART);
        lowest = label.2;
    }
}

/// Whole decades around the values, or from 0 to at least 1.
fn range(logarithmic: bool, values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if !logarithmic {
        return (0.0, most.max(1.0));
    }
    let least = values.fold(f64::INFINITY, f64::min);
    let (from, to) = (least.log10().floor(), most.log10().ceil());
    (10_f64.powf(from), 10_f64.powf(to.max(from + 1.0)))
}

fn ticks(logarithmic: bool, from: f64, to: f64) -> Vec<f64> {
    if logarithmic {
        let decades = from.log10().round() as i32..=to.log10().round() as i32;
        decades.map(|decade| 10_f64.powi(decade)).collect()
    } else {
        [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().filter(|tick| *tick <= to).collect()
    }
}

/// A decade of milliseconds.
fn time(milliseconds: f64) -> String {
    let exact = |value: f64| (value * 1e6).round() / 1e6;
    match milliseconds {
        seconds if seconds >= 999.0 => format!("{} s", count((seconds / 1000.0).round() as u64)),
        microseconds if microseconds < 0.999 => format!("{} µs", exact(microseconds * 1000.0)),
        milliseconds => format!("{} ms", exact(milliseconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let mut points = Vec::new();
        for (streams, share) in [(1, 1.0), (50, 1.0), (500, 0.99), (2000, 0.9)] {
            for (kind, times) in [(Kind::Plugin, 1.0), (Kind::Floor, 1.0), (Kind::Python, 50.0)] {
                let milliseconds = [0.05 * times, 0.8 * times];
                let processor = 2.0 * times;
                let (share, first, latency) = (share / times, milliseconds, milliseconds);
                points.push(Point {
                    streams,
                    kind,
                    outcome: Outcome { processor, share, first, latency, ..Outcome::default() },
                });
            }
        }
        points.retain(|point| point.kind != Kind::Python || point.streams < 2000);
        points
    }

    /// The numbers of attributes by a name.
    fn numbers(svg: &str, name: &str) -> Vec<f64> {
        let attribute = format!(" {name}=\"");
        let parts = svg.split(&attribute).skip(1);
        parts.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn every_point_is_drawn_within_the_picture_and_named() {
        let svg = draw(&points());
        assert_eq!(svg.matches("<circle").count(), 4 * 11);
        assert_eq!(svg.matches("<polyline").count(), 4 * 3);
        for text in ["this plugin</text>", "Python plugin</text>", ">2,000</text>", "prefers-color-scheme: dark"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        let [left, top, width, height] = INSIDE;
        assert!(numbers(&svg, "cx").into_iter().all(|x| (left..=left + width).contains(&x)));
        assert!(numbers(&svg, "cy").into_iter().all(|y| (top..=top + height).contains(&y)));
    }

    #[test]
    fn decades_are_written_in_the_unit_that_fits() {
        let decades = [0.01, 0.1, 1.0, 100.0, 1000.0, 1e5, 1e6];
        assert_eq!(decades.map(time), ["10 µs", "100 µs", "1 ms", "100 ms", "1 s", "100 s", "1,000 s"]);
    }

    #[test]
    fn a_scale_has_equal_steps_for_decades() {
        let scale = Scale { logarithmic: true, from: 1.0, to: 100.0, place: [10.0, 200.0] };
        assert_eq!([1.0, 10.0, 100.0].map(|value| scale.at(value)), [10.0, 110.0, 210.0]);
        assert_eq!(range(true, [0.3, 40.0].into_iter()), (0.1, 100.0));
        assert_eq!(range(true, [1.0, 1.0].into_iter()), (1.0, 10.0));
        assert_eq!(range(false, [0.3, 0.9].into_iter()), (0.0, 1.0));
    }

    #[test]
    fn labels_do_not_stand_on_each_other_nor_below_the_bottom() {
        let mut labels = vec![(Kind::Plugin, 0.0, 100.0), (Kind::Floor, 0.0, 98.0), (Kind::Python, 0.0, 99.0)];
        spread(&mut labels, 110.0);
        let mut places: Vec<f64> = labels.iter().map(|label| label.2).collect();
        places.sort_by(f64::total_cmp);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 15.0) && places[2] <= 110.0, "{places:?}");
    }

    #[test]
    fn without_points_there_is_still_a_picture() {
        let svg = draw(&[]);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
    }
}
