#[::tidewire::realtime_events(name = "records")]
pub mod records {
    /// A row of `billing.posts`.
    pub struct BillingPostsRow {
        pub id: i32,
        pub amount: String,
    }
    /// All there is, "quoted" */ and `ticked`.
    pub struct EverythingRow {
        #[rt(int64 = "string")]
        pub id: i64,
        pub small: i16,
        pub whole: i32,
        pub flag: ::tidewire::Nullable<bool>,
        pub real: ::tidewire::Nullable<f64>,
        pub double_precision: ::tidewire::Nullable<f64>,
        pub exact: ::tidewire::Nullable<String>,
        pub price: ::tidewire::Nullable<String>,
        /// Two
        /// lines.
        pub body: String,
        #[rt(max_length = 20)]
        pub short: ::tidewire::Nullable<String>,
        #[rt(max_length = 4)]
        pub fixed: ::tidewire::Nullable<String>,
        pub bytes: ::tidewire::Nullable<String>,
        pub key: ::tidewire::Nullable<::tidewire::Uuid>,
        #[rt(format = "date")]
        pub day: ::tidewire::Nullable<String>,
        pub at: ::tidewire::Nullable<::tidewire::DateTime<::tidewire::Utc>>,
        pub tz: ::tidewire::DateTime<::tidewire::Utc>,
        pub clock: ::tidewire::Nullable<String>,
        pub span: ::tidewire::Nullable<String>,
        pub plain: ::tidewire::Json,
        pub binary_json: ::tidewire::Json,
        pub list: Vec<::tidewire::Nullable<i32>>,
        pub bigs: ::tidewire::Nullable<Vec<::tidewire::Nullable<::tidewire::Int64>>>,
        pub grid: ::tidewire::Nullable<
            Vec<::tidewire::Nullable<Vec<::tidewire::Nullable<i32>>>>,
        >,
        pub mood: ::tidewire::Nullable<Mood>,
        pub moods: ::tidewire::Nullable<Vec<::tidewire::Nullable<Mood>>>,
        #[rt(int64 = "string")]
        pub cents: i64,
        #[rt(items(max_length = 8))]
        pub tags: ::tidewire::Nullable<Vec<::tidewire::Nullable<String>>>,
        pub pair: ::tidewire::Nullable<Pair>,
        pub pairs: ::tidewire::Nullable<Vec<::tidewire::Nullable<Pair>>>,
        pub span_of: ::tidewire::Nullable<String>,
        pub ip: ::tidewire::Nullable<String>,
        pub bits: ::tidewire::Nullable<String>,
        pub words: ::tidewire::Nullable<String>,
        pub number: ::tidewire::Nullable<String>,
    }
    /// A row of `public.Mixed Case`.
    pub struct MixedCaseRow {
        #[serde(rename = "Id")]
        pub id: i32,
        pub select: ::tidewire::Nullable<String>,
        pub self_: ::tidewire::Nullable<String>,
        pub größe: ::tidewire::Nullable<i32>,
        #[serde(rename = "a_b")]
        pub a_b: ::tidewire::Nullable<i32>,
        #[serde(rename = "aB")]
        pub a_b_2: ::tidewire::Nullable<i32>,
        #[serde(rename = "3d")]
        pub n3d: ::tidewire::Nullable<bool>,
        #[serde(rename = "it's \"so\"")]
        pub it_s_so: ::tidewire::Nullable<String>,
        pub odd: ::tidewire::Nullable<String2>,
    }
    #[rt(open)]
    pub enum Mood {
        #[serde(rename = "so so")]
        SoSo,
        Well,
    }
    /// A value of the type `pair`.
    pub struct Pair {
        pub a: ::tidewire::Nullable<i32>,
        #[serde(rename = "B b")]
        pub b_b: ::tidewire::Nullable<String>,
        pub moods: ::tidewire::Nullable<Vec<::tidewire::Nullable<Mood>>>,
    }
    /// A row of `public.posts`.
    pub struct PublicPostsRow {
        pub id: i32,
        pub post_title: String,
    }
    #[rt(open)]
    pub enum String2 {
        #[serde(rename = "")]
        Value,
        #[serde(rename = "a b")]
        AB,
        #[serde(rename = "a_b")]
        AB2,
        #[serde(rename = "Self")]
        Self_,
        #[serde(rename = "é")]
        É,
        #[serde(rename = "3")]
        N3,
        #[serde(rename = "it's \"so\"")]
        ItSSo,
    }
    /// A row of `public.default`.
    pub struct TableDefaultRow {
        pub id: i32,
    }
    /// A row of `public.ööööööööööööööööööööööööööööööö`.
    pub struct TableRow {
        pub id: i32,
    }
    /// A row is gone; this is what it was.
    #[event("billing_posts.delete")]
    pub struct BillingPostsDelete(pub BillingPostsRow);
    /// A row is new.
    #[event("billing_posts.insert")]
    pub struct BillingPostsInsert(pub BillingPostsRow);
    /// All rows are gone at once.
    #[event("billing_posts.truncate")]
    pub struct BillingPostsTruncate;
    /// A row was changed; this is what it is now.
    #[event("billing_posts.update")]
    pub struct BillingPostsUpdate(pub BillingPostsRow);
    /// A row is gone; this is what it was.
    #[event("everything.delete")]
    pub struct EverythingDelete(pub EverythingRow);
    /// A row is new.
    #[event("everything.insert")]
    pub struct EverythingInsert(pub EverythingRow);
    /// All rows are gone at once.
    #[event("everything.truncate")]
    pub struct EverythingTruncate;
    /// A row was changed; this is what it is now.
    #[event("everything.update")]
    pub struct EverythingUpdate(pub EverythingRow);
    /// A row is gone; this is what it was.
    #[event("mixed_case.delete")]
    pub struct MixedCaseDelete(pub MixedCaseRow);
    /// A row is new.
    #[event("mixed_case.insert")]
    pub struct MixedCaseInsert(pub MixedCaseRow);
    /// All rows are gone at once.
    #[event("mixed_case.truncate")]
    pub struct MixedCaseTruncate;
    /// A row was changed; this is what it is now.
    #[event("mixed_case.update")]
    pub struct MixedCaseUpdate(pub MixedCaseRow);
    /// A row is gone; this is what it was.
    #[event("public_posts.delete")]
    pub struct PublicPostsDelete(pub PublicPostsRow);
    /// A row is new.
    #[event("public_posts.insert")]
    pub struct PublicPostsInsert(pub PublicPostsRow);
    /// All rows are gone at once.
    #[event("public_posts.truncate")]
    pub struct PublicPostsTruncate;
    /// A row was changed; this is what it is now.
    #[event("public_posts.update")]
    pub struct PublicPostsUpdate(pub PublicPostsRow);
    /// A row is gone; this is what it was.
    #[event("table.delete")]
    pub struct TableDelete(pub TableRow);
    /// A row is new.
    #[event("table.insert")]
    pub struct TableInsert(pub TableRow);
    /// All rows are gone at once.
    #[event("table.truncate")]
    pub struct TableTruncate;
    /// A row was changed; this is what it is now.
    #[event("table.update")]
    pub struct TableUpdate(pub TableRow);
    /// A row is gone; this is what it was.
    #[event("table_default.delete")]
    pub struct TableDefaultDelete(pub TableDefaultRow);
    /// A row is new.
    #[event("table_default.insert")]
    pub struct TableDefaultInsert(pub TableDefaultRow);
    /// All rows are gone at once.
    #[event("table_default.truncate")]
    pub struct TableDefaultTruncate;
    /// A row was changed; this is what it is now.
    #[event("table_default.update")]
    pub struct TableDefaultUpdate(pub TableDefaultRow);
    /// What happens to `billing.posts`.
    #[channel(
        "billing_posts",
        events(
            BillingPostsDelete,
            BillingPostsInsert,
            BillingPostsTruncate,
            BillingPostsUpdate
        )
    )]
    pub struct BillingPosts;
    /// What happens to `public.everything`.
    #[channel(
        "everything",
        events(EverythingDelete, EverythingInsert, EverythingTruncate, EverythingUpdate)
    )]
    pub struct Everything;
    /// What happens to `public.Mixed Case`.
    #[channel(
        "mixed_case",
        events(MixedCaseDelete, MixedCaseInsert, MixedCaseTruncate, MixedCaseUpdate)
    )]
    pub struct MixedCase;
    /// What happens to `public.posts`.
    #[channel(
        "public_posts",
        events(
            PublicPostsDelete,
            PublicPostsInsert,
            PublicPostsTruncate,
            PublicPostsUpdate
        )
    )]
    pub struct PublicPosts;
    /// What happens to `public.ööööööööööööööööööööööööööööööö`.
    #[channel("table", events(TableDelete, TableInsert, TableTruncate, TableUpdate))]
    pub struct Table;
    /// What happens to `public.default`.
    #[channel(
        "table_default",
        events(
            TableDefaultDelete,
            TableDefaultInsert,
            TableDefaultTruncate,
            TableDefaultUpdate
        )
    )]
    pub struct TableDefault;
}
