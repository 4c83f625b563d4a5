//! The thread's loop.

use super::{
    super::message::{Form, Message, Said as About},
    Arrived, WAKE,
    client::{Behind, Client, Said, Wrote, tune},
    group::{Batch, Group},
};
use crate::{server::App, socket};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use serde_json::json;
use slab::Slab;
use std::{
    collections::HashMap,
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

const SWEEP: Duration = Duration::from_secs(1);
/// How soon a client is looked at again that is neither in step nor waiting for its socket.
const SOON: Duration = Duration::from_millis(5);
/// How long clients may take what they are being told once the gateway is told to stop.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a client should wait before it comes back after `bye`.
const RETRY_MS: u64 = 1000;
/// So much is put together for one write to a client that catches up.
const PIECE: usize = 16 << 10;

pub(super) struct Writer {
    app: App,
    poll: Poll,
    arrivals: Receiver<Arrived>,
    clients: Slab<Client>,
    groups: Slab<Group>,
    by_view: HashMap<super::View, usize>,
    /// Clients that are behind and could be told more.
    lagging: Vec<usize>,
    /// Clients that are behind and can be told nothing until something changes.
    parked: Vec<usize>,
    /// What the board and the ticks counted when the parked were looked at.
    seen: (u64, u64),
    /// Clients to be dropped.
    gone: Vec<usize>,
    swept: Instant,
    buffer: Vec<u8>,
}

impl Writer {
    pub(super) fn new(app: App, poll: Poll, arrivals: Receiver<Arrived>) -> Self {
        Self {
            app,
            poll,
            arrivals,
            clients: Slab::new(),
            groups: Slab::new(),
            by_view: HashMap::new(),
            lagging: Vec::new(),
            parked: Vec::new(),
            seen: (0, 0),
            gone: Vec::new(),
            swept: Instant::now(),
            buffer: vec![0; 4096],
        }
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        while !self.app.shutdown.is_cancelled() {
            self.turn(&mut events, self.patience());
            self.admit();
            self.unpark();
            self.tell();
            self.catch_up();
            self.keep_time();
            self.drop_gone();
        }
        self.say_bye();
        let deadline = Instant::now() + DRAIN;
        while !self.clients.is_empty() && Instant::now() < deadline {
            self.turn(&mut events, deadline - Instant::now());
            self.drop_gone();
        }
    }

    /// Waits for sockets, or to be woken, and serves those that are ready.
    fn turn(&mut self, events: &mut Events, patience: Duration) {
        if let Err(error) = self.poll.poll(events, Some(patience)) {
            if error.kind() != std::io::ErrorKind::Interrupted {
                tracing::error!(%error, "waiting for streams failed");
            }
            return;
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let client = event.token().0;
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.listen(client);
            }
            if event.is_writable() {
                self.go_on(client);
            }
        }
    }

    fn patience(&self) -> Duration {
        if !self.lagging.is_empty() {
            return SOON;
        }
        let now = Instant::now();
        let groups = self.groups.iter().map(|(_, group)| {
            let beat = group.beat.saturating_duration_since(now);
            group.held_back().map_or(beat, |wait| wait.min(beat))
        });
        groups.min().unwrap_or(SWEEP).min(SWEEP)
    }

    /// Takes in who has arrived.
    fn admit(&mut self) {
        while let Ok(arrived) = self.arrivals.try_recv() {
            let (now, heartbeat) = (Instant::now(), self.app.options.heartbeat);
            let Arrived { socket, mut head, early, newcomer } = arrived;
            tune(&socket, self.app.options.limits.stuck);
            head.extend_from_slice(&newcomer.greeting);
            let behind = Behind::new(newcomer.cursor, [head.into()]);
            let client = Client::new(TcpStream::from_std(socket), newcomer.form, behind, newcomer.seat);
            let token = self.clients.insert(client);
            let group = *self
                .by_view
                .entry(newcomer.view)
                .or_insert_with_key(|view| self.groups.insert(Group::new(view.clone(), now, heartbeat)));
            let (client, members) = (&mut self.clients[token], &mut self.groups[group].members);
            (client.group, client.place) = (group, members.len());
            members.push(token);
            let interest = Interest::READABLE | Interest::WRITABLE;
            if self.poll.registry().register(client.socket(), Token(token), interest).is_err() {
                self.gone.push(token);
                continue;
            }
            if !early.is_empty() {
                let said = client.hear(&early, Said::Nothing);
                self.respond(token, said);
            }
            self.lagging.push(token);
        }
    }

    /// What has changed may be for the parked, or bring their group to where they are.
    fn unpark(&mut self) {
        let now = (self.app.boards.version(), self.app.ticks.number());
        if std::mem::replace(&mut self.seen, now) != now {
            self.lagging.append(&mut self.parked);
        }
    }

    /// Tells every group what is new.
    fn tell(&mut self) {
        for group in 0..self.groups.capacity() {
            while let Some(batch) = self.groups.get_mut(group).and_then(|group| group.next(&self.app)) {
                self.send(group, batch);
            }
        }
    }

    /// One write to each client that is in step.
    fn send(&mut self, group: usize, mut batch: Batch) {
        let Some(group) = self.groups.get(group) else { return };
        let mut results = 0;
        for &token in &group.members {
            let Some(client) = self.clients.get_mut(token).filter(|client| client.behind.is_none()) else { continue };
            let mut bytes = batch.bytes(client.form);
            match client.write(&mut bytes) {
                Wrote::All => {}
                Wrote::Gone => self.gone.push(token),
                Wrote::Short => {
                    let mut behind = Behind::new(group.cursor.clone(), [bytes]);
                    behind.blocked = true;
                    client.behind = Some(behind);
                }
            }
            results += batch.results;
        }
        metrics::counter!("bellwether_gateway_frames_total").increment(results as u64);
    }

    /// Goes on with clients that are behind and could take more.
    fn catch_up(&mut self) {
        for token in std::mem::take(&mut self.lagging) {
            self.go_on(token);
        }
    }

    /// Tells one client what it lacks, until it is in step, or takes no more.
    fn go_on(&mut self, token: usize) {
        loop {
            let Some(client) = self.clients.get_mut(token).filter(|client| client.behind.is_some()) else { return };
            match client.flush(Instant::now()) {
                Wrote::All => {}
                Wrote::Short => return,
                Wrote::Gone => return self.gone.push(token),
            }
            let Some(behind) = &mut client.behind else { return };
            if behind.last {
                client.end();
                return self.gone.push(token);
            }
            let group = &self.groups[client.group];
            if behind.cursor == group.cursor {
                client.behind = None;
                return;
            }
            let mut piece = Vec::new();
            while piece.len() < PIECE
                && behind.allowance.left()
                && let Some(message) = behind.cursor.next(&self.app, &group.view)
            {
                if message.said == About::Result {
                    behind.allowance.take();
                    metrics::counter!("bellwether_gateway_frames_total").increment(1);
                }
                message.encode(client.form, &mut piece);
            }
            if piece.is_empty() {
                let list = if behind.allowance.left() { &mut self.parked } else { &mut self.lagging };
                return list.push(token);
            }
            behind.outbox.push_back(piece.into());
        }
    }

    /// Hears what a client says.
    fn listen(&mut self, token: usize) {
        if let Some(client) = self.clients.get_mut(token) {
            let said = client.read(&mut self.buffer);
            self.respond(token, said);
        }
    }

    fn respond(&mut self, token: usize, said: Said) {
        let (answer, last) = match said {
            Said::Nothing => return,
            Said::Gone => return self.gone.push(token),
            Said::Answer(answer) => (answer, false),
            Said::Farewell(answer) => (answer, true),
        };
        let client = &mut self.clients[token];
        client.answer(answer, last, &self.groups[client.group].cursor);
        self.go_on(token);
    }

    /// Heartbeats, and the end of those who take nothing.
    fn keep_time(&mut self) {
        let now = Instant::now();
        for group in 0..self.groups.capacity() {
            if let Some(batch) = self.groups.get_mut(group).and_then(|group| group.heartbeat(&self.app, now)) {
                self.send(group, batch);
                self.beat_for_the_parked(group);
            }
        }
        if now.duration_since(self.swept) < SWEEP {
            return;
        }
        self.swept = now;
        let patience = self.app.options.limits.stuck;
        let stuck = |client: &Client| client.behind.as_ref().is_some_and(|b| b.blocked && now - b.moved > patience);
        let stuck: Vec<_> = self.clients.iter().filter(|(_, client)| stuck(client)).map(|(token, _)| token).collect();
        metrics::counter!("bellwether_gateway_stuck_streams_total").increment(stuck.len() as u64);
        self.gone.extend(stuck);
    }

    /// A client that waits for a section to be read hears the heartbeat, too.
    fn beat_for_the_parked(&mut self, group: usize) {
        for token in std::mem::take(&mut self.parked) {
            let Some(client) = self.clients.get_mut(token) else { continue };
            match &mut client.behind {
                Some(behind) if client.group == group => {
                    let heartbeat = behind.cursor.heartbeat(&self.app, &self.groups[group].view);
                    behind.outbox.push_back(Batch::once(heartbeat).bytes(client.form));
                    self.go_on(token);
                }
                Some(_) => self.parked.push(token),
                None => {}
            }
        }
    }

    fn drop_gone(&mut self) {
        for token in std::mem::take(&mut self.gone) {
            // It may have been found gone twice.
            let Some(client) = self.clients.try_remove(token) else { continue };
            let members = &mut self.groups[client.group].members;
            members.swap_remove(client.place);
            if let Some(&moved) = members.get(client.place) {
                self.clients[moved].place = client.place;
            }
            if members.is_empty() {
                let group = self.groups.remove(client.group);
                self.by_view.remove(&group.view);
            }
        }
        self.lagging.retain(|&token| self.clients.contains(token));
        self.parked.retain(|&token| self.clients.contains(token));
    }

    /// The last that everybody is told, after what they are in the middle of.
    fn say_bye(&mut self) {
        let mut bye = Batch::once(Message::new("bye", &json!({"retry_ms": RETRY_MS}), None));
        let mut closing = bye.bytes(Form::Socket).to_vec();
        socket::close(1001, &mut closing);
        let everybody: Vec<_> = self.clients.iter().map(|(token, _)| token).collect();
        for token in everybody {
            let client = &mut self.clients[token];
            let bytes = match client.form {
                Form::Events => bye.bytes(Form::Events),
                Form::Socket => closing.clone().into(),
            };
            client.answer(bytes, true, &self.groups[client.group].cursor);
            self.go_on(token);
        }
        self.drop_gone();
    }
}
