//! What travels between the service and the page: the one definition of it.
//!
//! Nothing here is published by clients. A bid is a request, `POST /bids`; what becomes of it is an event.

/// What happens in the saleroom.
#[tidewire::realtime_events(name = "auction")]
pub mod auction {
    /// An amount of money, in whole euros.
    pub struct Euros(#[rt(min = 0, max = 1_000_000)] pub u32);

    /// A moment by the server's clock, in milliseconds since 1970.
    pub struct Moment(#[rt(min = 0, max = 9007199254740991)] pub i64);

    /// A bid that was taken. It leads until the next one.
    #[event("bid.placed")]
    pub struct BidPlaced {
        /// Counts the bids of the lot, from 1.
        pub number: u32,
        /// Who bids: the name of a session, never of a request.
        pub bidder: String,
        /// What the lot costs now.
        pub amount: Euros,
        /// When it was taken.
        pub at: Moment,
        /// The least that the next bid has to be.
        pub minimum: Euros,
        /// When the hammer falls. A bid in the last seconds moves it.
        pub ends_at: Moment,
    }

    /// Time is short: going once, going twice. Worth nothing later.
    #[event("lot.going", history = off)]
    pub struct LotGoing {
        /// 1 or 2.
        #[rt(min = 1, max = 2)]
        pub call: u32,
        /// When the hammer falls, unless somebody bids.
        pub ends_at: Moment,
    }

    /// The hammer fell. Nothing follows on this channel: it is revoked for everybody.
    #[event("lot.ended")]
    pub struct LotEnded {
        /// Absent if nobody has bid.
        pub winner: Option<String>,
        /// What the winner pays.
        pub price: Euros,
    }

    /// One lot, for as long as it is under the hammer.
    #[channel("lots/{lot}", events(BidPlaced, LotGoing, LotEnded), history(max = 500, ttl = "1h"))]
    pub struct Lot {
        /// Its id: what is sold, and the number of the sale.
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub lot: String,
    }

    /// A lot came under the hammer.
    #[event("lot.opened")]
    pub struct LotOpened {
        /// Which one; `GET /lots` has the rest.
        pub lot: String,
    }

    /// A lot is over. Said here as well, because the lot's own channel is closed to whoever comes later.
    #[event("lot.closed")]
    pub struct LotClosed {
        /// Which one.
        pub lot: String,
        /// Absent if nobody has bid.
        pub winner: Option<String>,
        /// What the winner pays.
        pub price: Euros,
    }

    /// The house as a whole: lots that come and go.
    #[channel("house", events(LotOpened, LotClosed), history(max = 100, ttl = "1h"))]
    pub struct House;
}
