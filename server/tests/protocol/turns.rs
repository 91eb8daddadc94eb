//! Two people whose requests reach the platform in every order that there is, one order after the other.

use std::cell::RefCell;
use std::rc::Rc;

use crate::world::Network;

/// A request that was let through.
#[derive(Clone, Copy)]
struct Step {
    /// Whose it was.
    who: usize,
    /// Whether it could have been the other's.
    free: bool,
}

#[derive(Default)]
struct Inner {
    /// Whose requests come first; after them, the first one's.
    order: Vec<usize>,
    steps: Vec<Step>,
    waiting: [bool; 2],
    ended: [bool; 2],
    busy: bool,
}

/// Lets one request through at a time, when both wait for their turn or have ended.
#[derive(Default)]
pub(crate) struct Turns(RefCell<Inner>);

impl Turns {
    /// Does a request when it is its turn.
    pub(crate) async fn take<A>(&self, who: usize, request: impl Future<Output = A>) -> A {
        self.0.borrow_mut().waiting[who] = true;
        while !self.is_next(who) {
            tokio::task::yield_now().await;
        }
        let answer = request.await;
        self.0.borrow_mut().busy = false;
        answer
    }

    fn is_next(&self, who: usize) -> bool {
        let mut inner = self.0.borrow_mut();
        let ready = |who: usize| inner.waiting[who] || inner.ended[who];
        if inner.busy || !ready(1 - who) {
            return false;
        }
        let free = !inner.ended[1 - who];
        let next = inner.order.get(inner.steps.len()).copied().unwrap_or_default();
        if free && next != who {
            return false;
        }
        inner.steps.push(Step { who, free });
        inner.waiting[who] = false;
        inner.busy = true;
        true
    }

    async fn until_end<A>(&self, who: usize, work: impl Future<Output = A>) -> A {
        let outcome = work.await;
        self.0.borrow_mut().ended[who] = true;
        outcome
    }

    /// The order after this one, if there is one: the last request that could have been the second one's is.
    fn next_order(&self) -> Option<Vec<usize>> {
        let steps = &self.0.borrow().steps;
        let last = steps.iter().rposition(|step| step.free && step.who == 0)?;
        let mut order: Vec<usize> = steps[..last].iter().map(|step| step.who).collect();
        order.push(1);
        Some(order)
    }
}

/// All orders in which the requests of two can reach the platform.
#[derive(Default)]
pub(crate) struct Orders {
    next: Option<Vec<usize>>,
    /// How many were tried.
    pub(crate) tried: usize,
}

impl Orders {
    pub(crate) fn new() -> Self {
        Self { next: Some(Vec::new()), tried: 0 }
    }

    /// Whether there is an order that has not been tried.
    pub(crate) fn is_left(&self) -> bool {
        self.next.is_some()
    }

    /// Both at once, their requests in the next order.
    pub(crate) async fn meet<A, B>(
        &mut self,
        networks: [&Network; 2],
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> (A, B) {
        let turns = Rc::new(Turns::default());
        turns.0.borrow_mut().order = self.next.take().unwrap();
        for (who, network) in networks.iter().enumerate() {
            network.take_turns(&turns, who);
        }
        let outcomes = tokio::join!(turns.until_end(0, first), turns.until_end(1, second));
        for network in networks {
            network.take_no_turns();
        }
        self.next = turns.next_order();
        self.tried += 1;
        outcomes
    }
}
