//! Whose live events wait until what was missed before them is stored. A lane whose backfill fails goes on waiting: an event
//! that overtook a missed one would make it look handled.

use std::collections::HashSet;

use crate::port::Item;

/// The events that wait, in their order.
#[derive(Default)]
pub(super) struct Hold {
    held: Held,
    waiting: Vec<Item>,
}

#[derive(Default)]
enum Held {
    #[default]
    Nobody,
    Everybody,
    Lanes(HashSet<String>),
}

impl Hold {
    /// Nothing is known of what was missed.
    pub(super) fn everybody(&mut self) {
        self.held = Held::Everybody;
    }

    /// Nothing was missed but in these lanes.
    pub(super) fn only(&mut self, lanes: HashSet<String>) {
        self.held = Held::Lanes(lanes);
    }

    /// A lane has all that was missed.
    pub(super) fn filled(&mut self, lane: &str) {
        if let Held::Lanes(lanes) = &mut self.held {
            lanes.remove(lane);
        }
    }

    /// Every lane has.
    pub(super) fn nobody(&mut self) {
        self.held = Held::Nobody;
    }

    /// The event, unless it has to wait.
    pub(super) fn offer(&mut self, item: Item) -> Option<Item> {
        let waits = match &self.held {
            Held::Nobody => false,
            Held::Everybody => true,
            Held::Lanes(lanes) => lanes.contains(&item.lane),
        };
        if waits {
            self.waiting.push(item);
            return None;
        }
        Some(item)
    }

    /// What need not wait any more.
    pub(super) fn released(&mut self) -> Vec<Item> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().filter_map(|item| self.offer(item)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Time;
    use crate::port::Key;

    fn item(lane: &str, body: &str) -> Item {
        Item { key: Key::new(Time(1), body), door: "discord", lane: lane.to_owned(), body: body.to_owned() }
    }

    fn bodies(items: Vec<Item>) -> Vec<String> {
        items.into_iter().map(|item| item.body).collect()
    }

    // story: RL-03
    #[test]
    fn an_event_waits_for_what_was_missed_in_its_lane_and_for_nothing_else() {
        let mut hold = Hold::default();
        assert!(hold.offer(item("a", "1")).is_some());
        hold.everybody();
        assert!(hold.offer(item("a", "2")).is_none() && hold.offer(item("b", "3")).is_none());
        assert!(hold.offer(item("a", "4")).is_none() && hold.offer(item("c", "5")).is_none());
        hold.only(HashSet::from(["a".to_owned(), "b".to_owned()]));
        assert_eq!(bodies(hold.released()), ["5"]);
        hold.filled("b");
        assert_eq!(bodies(hold.released()), ["3"]);
        assert!(hold.offer(item("b", "6")).is_some() && hold.offer(item("a", "7")).is_none());
        hold.nobody();
        assert_eq!(bodies(hold.released()), ["2", "4", "7"]);
    }
}
