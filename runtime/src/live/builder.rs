//! How a service names its loaders.

use serde::{Serialize, de::DeserializeOwned};

use super::{LiveOptions, LiveQuery, Loader};
use crate::{contract::Channel, realtime::RealtimeBuilder};

impl RealtimeBuilder {
    #[doc = include_str!("../docs/live.md")]
    pub fn live<C, P, R, F, L>(self, query: LiveQuery<C, P, R>, loader: L) -> Self
    where
        C: Channel,
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        L: Loader<C, P, R, F>,
    {
        self.live_with(query, LiveOptions::new(), loader)
    }

    /// As [`live`](Self::live), run as the [options](LiveOptions) say.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tidewire::{LiveOptions, RealtimeBuilder, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[event("card.changed")]
    /// #     pub struct CardChanged { pub id: String }
    /// #     #[event("cursor.moved", history = off)]
    /// #     pub struct CursorMoved { pub x: f64 }
    /// #     #[channel("board/{board_id}", events(CardChanged, CursorMoved))]
    /// #     pub struct Board { pub board_id: String }
    /// #     #[live(channel = Board)]
    /// #     pub type CardCount = u32;
    /// # }
    /// # async fn count(board: &str) -> Result<u32, std::io::Error> { Ok(3) }
    /// # fn set_up(builder: RealtimeBuilder) -> RealtimeBuilder {
    /// let options = LiveOptions::new().on_event::<live::CardChanged>().timeout(Duration::from_secs(5));
    /// builder.live_with(live::CardCount, options, |board: live::Board| async move { count(&board.board_id).await })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`live`](Self::live). [`build`](Self::build) also refuses events that the channel does not carry.
    pub fn live_with<C, P, R, F, L>(mut self, query: LiveQuery<C, P, R>, options: LiveOptions, loader: L) -> Self
    where
        C: Channel,
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        L: Loader<C, P, R, F>,
    {
        self.loaders.add(query, options, loader);
        self
    }
}
