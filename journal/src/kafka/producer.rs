//! Handing a batch to a producer, and waiting until every record is delivered.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use colloquy_transcript::Topic;
use rdkafka::{
    ClientContext, Message,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig},
};
use rustc_hash::FxHashSet;

use super::{
    config::Cluster,
    context,
    denied::Denials,
    lock, position,
    rights::{self, Asked},
    signed,
    tag::Tag,
};
use crate::{Cause, Placed, Position, codec::Batch};

/// Time given to the client while its queue is full or reports are awaited.
const TICK: Duration = Duration::from_millis(1);

/// Records sent between two looks at the reports, so that these do not pile up.
const SENT_BETWEEN_LOOKS: usize = 1_000;

/// The delivery reports of the batch in hand: one slot a record, by its place in the batch.
#[derive(Debug, Default)]
pub(super) struct Reports {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    slots: Vec<Option<Result<i64, KafkaError>>>,
    reported: usize,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        context::log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::disturbed(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, place: usize) {
        let mut state = lock(&self.state);
        state.reported += 1;
        let slot = match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.clone()),
        };
        if let Some(place) = state.slots.get_mut(place) {
            *place = Some(slot);
        }
    }
}

impl Reports {
    pub(super) fn expect(&self, count: usize) {
        let mut state = lock(&self.state);
        state.slots.clear();
        state.slots.resize_with(count, || None);
        state.reported = 0;
    }

    pub(super) fn reported(&self) -> usize {
        lock(&self.state).reported
    }

    pub(super) fn take(&self) -> Vec<Option<Result<i64, KafkaError>>> {
        std::mem::take(&mut lock(&self.state).slots)
    }
}

/// Sends the batch and returns, in its order, where the records came to lie; or the first
/// failure and its topic. Only one thread at a time may use the producer. Waits while its queue
/// is full, and returns only when nothing of the batch is under way any more: the client gives
/// up on a record after its delivery timeout, or soon after a stop. The first record in every partition
/// bears the tag.
pub(super) fn deliver(
    producer: &BaseProducer<Reports>,
    cluster: &Cluster,
    batch: &Batch,
    tag: Option<&Tag>,
) -> Result<Vec<Placed>, (Topic, KafkaError)> {
    let mut tagged = FxHashSet::default();
    let records = batch.iter().enumerate().map(|(place, (record, value))| {
        let base = BaseRecord::with_opaque_to(cluster.name(record.at.topic), place)
            .partition(signed(record.at.partition))
            .key(record.key.as_str())
            .payload(value);
        match tag {
            Some(tag) if tagged.insert(record.at) => base.headers(tag.headers()),
            _ => base,
        }
    });
    let topic = |place: usize| batch.iter().nth(place).map(|(record, _)| record.at.topic);
    let offsets = hand_over(producer, cluster, batch.len(), records)
        .map_err(|(place, error)| (topic(place).unwrap_or(Topic::Posts), error))?;
    let placed = batch.iter().zip(offsets);
    Ok(placed.map(|((record, _), position)| Placed { at: record.at, position }).collect())
}

/// The same for any `count` records, whose opaques count them from 0: where they came to lie, or the place of the
/// first that failed.
pub(super) fn hand_over<'a>(
    producer: &BaseProducer<Reports>,
    cluster: &Cluster,
    count: usize,
    records: impl Iterator<Item = BaseRecord<'a, str, [u8], usize>>,
) -> Result<Vec<Position>, (usize, KafkaError)> {
    let reports = producer.context();
    reports.expect(count);
    let mut sent = 0;
    let mut refused = None;
    for record in records {
        if let Err(error) = send(producer, cluster, record) {
            refused = Some(error);
            break;
        }
        sent += 1;
        if sent % SENT_BETWEEN_LOOKS == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    while reports.reported() < sent {
        producer.poll(TICK);
        give_up_after_stop(producer, cluster);
    }
    // A producer that may not go on lets its records go, and says the reason by itself.
    let fatal = producer.client().fatal_error();
    let reason = |place: usize, error: KafkaError| {
        let fatal = fatal.as_ref().map(|(code, _)| KafkaError::MessageProduction(*code));
        (place, fatal.unwrap_or(error))
    };
    if let Some(error) = refused {
        return Err(reason(sent, error));
    }
    let mut positions = Vec::with_capacity(sent);
    for (place, report) in reports.take().into_iter().enumerate() {
        match report {
            Some(Ok(offset)) => positions.push(position(offset)),
            Some(Err(error)) => return Err(reason(place, error)),
            None => return Err((place, KafkaError::Canceled)),
        }
    }
    Ok(positions)
}

/// The same, tried again for a while where a right is lacking; that failure comes with its name.
pub(super) fn append(
    producer: &mut BaseProducer<Reports>,
    cluster: &Cluster,
    batch: &Batch,
) -> Result<Vec<Placed>, (Topic, Cause)> {
    let mut denials = Denials::default();
    loop {
        let (topic, error) = match deliver(producer, cluster, batch, None) {
            Ok(placed) => return Ok(placed),
            Err(failed) => failed,
        };
        let retry = denials.retry(&error, None, Instant::now());
        let Some(sleep) = retry.filter(|_| !cluster.patience().has_ended()) else {
            let asked = Asked { writes: vec![topic], ..Asked::default() };
            return Err((topic, rights::name(cluster, error, &asked)));
        };
        // The whole of it, so that of two records of one key the later one stays the last.
        tracing::debug!(%error, topic = topic.as_str(), "appending again what was denied");
        thread::sleep(sleep);
        if producer.client().fatal_error().is_some() {
            *producer = cluster
                .producer()
                .create_with_context(Reports::default())
                .map_err(|error| -> (Topic, Cause) { (topic, Box::new(error)) })?;
        }
    }
}

/// Lets go of what is under way once a stop leaves no more time: its reports come at once then. Whether
/// the cluster has it nobody knows; whoever appended it hears of a failure and appends it again next
/// time, which changes nothing.
fn give_up_after_stop(producer: &BaseProducer<Reports>, cluster: &Cluster) {
    if cluster.patience().has_ended() {
        producer.purge(PurgeConfig::default().queue().inflight());
    }
}

/// Hands one record to the client; waits while its queue is full.
fn send(
    producer: &BaseProducer<Reports>,
    cluster: &Cluster,
    mut record: BaseRecord<'_, str, [u8], usize>,
) -> Result<(), KafkaError> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                producer.poll(TICK);
                give_up_after_stop(producer, cluster);
            }
            Err((error, _)) => return Err(error),
        }
    }
}
