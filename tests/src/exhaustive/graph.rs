//! What is asked of the whole graph: can an outcome be reached from everywhere, and how long does it take at most?

use super::steps::Kind;

/// What a state is for the questions asked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The machine waits for something.
    Running,
    /// The host is dead, and has something to restore.
    Dead,
    /// The host is dead and has stored nothing.
    Unstored,
    /// The merchant was told, for good.
    Told,
    /// The merchant was told that it is unresolved, and nothing can be done about it: cancelling is refused for good, or it has
    /// been taken up again already.
    LeftUnresolved,
    /// Unresolved, to be taken up again.
    Unresolved,
}

/// Every step there is, from state to state. States are numbered in the order in which they were found.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) marks: Vec<Mark>,
    /// Where the steps from each state begin.
    begins: Vec<usize>,
    steps: Vec<(u32, Kind)>,
}

impl Graph {
    /// The steps that follow are those from the next state.
    pub(super) fn next_state(&mut self) {
        self.begins.push(self.steps.len());
    }

    pub(super) fn add(&mut self, to: u32, kind: Kind) {
        self.steps.push((to, kind));
    }

    pub(super) fn transitions(&self) -> usize {
        self.steps.len()
    }

    /// The steps from a state, in order.
    pub(super) fn steps_from(&self, state: usize) -> &[(u32, Kind)] {
        let end = self.begins.get(state + 1).copied().unwrap_or(self.steps.len());
        &self.steps[self.begins[state]..end]
    }

    /// The first state from which no state that is a goal can be reached, among those that `must`.
    pub(super) fn cut_off(&self, must: impl Fn(Mark) -> bool, goal: impl Fn(Mark) -> bool) -> Option<usize> {
        let count = self.marks.len();
        // Backwards: where the steps to each state end in `before`, which is filled from there on down.
        let mut ends = vec![0_usize; count + 1];
        for (to, _) in &self.steps {
            ends[*to as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut before = vec![0_u32; self.steps.len()];
        for state in 0..count {
            for (to, _) in self.steps_from(state) {
                let place = &mut ends[*to as usize];
                *place -= 1;
                before[*place] = u32::try_from(state).unwrap_or(u32::MAX);
            }
        }
        let mut reaches: Vec<bool> = self.marks.iter().map(|mark| goal(*mark)).collect();
        let mut waiting: Vec<usize> = (0..count).filter(|state| reaches[*state]).collect();
        while let Some(state) = waiting.pop() {
            for from in &before[ends[state]..ends[state + 1]] {
                if !std::mem::replace(&mut reaches[*from as usize], true) {
                    waiting.push(*from as usize);
                }
            }
        }
        (0..count).find(|state| must(self.marks[*state]) && !reaches[*state])
    }

    /// The most grains of time that pass in one life of the host before there is an outcome; or a state from which it can
    /// wait for ever, without anybody dying.
    pub(super) fn longest_life(&self) -> Result<u32, usize> {
        let count = self.marks.len();
        let runs = |state: usize| self.marks[state] == Mark::Running;
        // A step back to the same situation that takes no time (a notification sent again) is no waiting.
        let lives = |state: usize| {
            self.steps_from(state).iter().filter(move |(to, kind)| {
                *kind != Kind::Anew && (*to as usize != state || *kind == Kind::Tick)
            })
        };
        let mut incoming = vec![0_u32; count];
        for state in (0..count).filter(|state| runs(*state)) {
            for (to, _) in lives(state) {
                incoming[*to as usize] += 1;
            }
        }
        let mut order: Vec<usize> = (0..count)
            .filter(|state| runs(*state) && incoming[*state] == 0)
            .collect();
        let mut next = 0;
        while let Some(state) = order.get(next).copied() {
            next += 1;
            for (to, _) in lives(state) {
                let to = *to as usize;
                incoming[to] -= 1;
                if incoming[to] == 0 && runs(to) {
                    order.push(to);
                }
            }
        }
        if let Some(turning) = (0..count).find(|state| runs(*state) && incoming[*state] > 0) {
            return Err(turning);
        }
        let mut life = vec![0_u32; count];
        for state in order.into_iter().rev() {
            life[state] = lives(state)
                .map(|(to, kind)| life[*to as usize] + u32::from(*kind == Kind::Tick))
                .max()
                .unwrap_or(0);
        }
        Ok(life.into_iter().max().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(marks: &[Mark], steps: &[(usize, u32, Kind)]) -> Graph {
        let mut graph = Graph {
            marks: marks.to_vec(),
            ..Graph::default()
        };
        for state in 0..marks.len() {
            graph.next_state();
            for (_, to, kind) in steps.iter().filter(|(from, _, _)| *from == state) {
                graph.add(*to, *kind);
            }
        }
        graph
    }

    #[test]
    fn what_can_only_turn_in_a_circle_is_cut_off_and_waits_for_ever() {
        use Mark::{Running, Told};
        let circle = graph(
            &[Running, Running, Running, Told],
            &[
                (0, 1, Kind::Now),
                (0, 3, Kind::Now),
                (1, 2, Kind::Tick),
                (2, 1, Kind::Now),
            ],
        );
        let must = |mark| mark == Running;
        assert_eq!(circle.cut_off(must, |mark| mark == Told), Some(1));
        assert_eq!(circle.longest_life(), Err(1));
    }

    #[test]
    fn the_longest_life_counts_time_and_begins_anew_after_a_crash() {
        use Mark::{Dead, Running, Told};
        let line = graph(
            &[Running, Dead, Running, Told],
            &[
                (0, 0, Kind::Now),
                (0, 2, Kind::Tick),
                (0, 1, Kind::Anew),
                (1, 0, Kind::Anew),
                (2, 3, Kind::Now),
                (2, 3, Kind::Tick),
            ],
        );
        assert_eq!(line.cut_off(|mark| mark == Running, |mark| mark == Told), None);
        assert_eq!(line.longest_life(), Ok(2));
    }
}
