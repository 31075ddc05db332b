//! What is sold here, over and over.

use serde::Serialize;

/// Something that comes under the hammer.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its name in addresses, and the name of its picture.
    pub slug: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Where it comes from.
    pub origin: &'static str,
    /// What the auctioneer says of it.
    pub story: &'static str,
    /// The first bid, in euros.
    pub start: u32,
    /// What each further bid adds at least, in euros.
    pub step: u32,
}

/// In the order of the sale.
pub const CATALOGUE: [Item; 6] = [
    Item {
        slug: "lighthouse-lens",
        title: "Fresnel lens of the Skerry light",
        origin: "Glasgow, 1887",
        story: "Eleven rings of hand-ground glass in a brass cage. It carried a paraffin flame for nineteen miles, and went out once: on the night the keeper's daughter was married.",
        start: 480,
        step: 20,
    },
    Item {
        slug: "ship-in-a-bottle",
        title: "The barque “Constance”, in a bottle",
        origin: "Åland, about 1910",
        story: "Made by her second mate over three winters. All sails set, wind from the left. Nobody has found out how the figurehead went through the neck.",
        start: 90,
        step: 5,
    },
    Item {
        slug: "marine-chronometer",
        title: "Two-day marine chronometer No. 1911",
        origin: "London, 1846",
        story: "In gimbals, in its box, with a rate of four tenths of a second a day. It has crossed the line twenty-six times, and lost less than anybody aboard.",
        start: 1200,
        step: 50,
    },
    Item {
        slug: "signal-flags",
        title: "A full locker of signal flags",
        origin: "Genoa, 1932",
        story: "Forty flags of wool bunting, mended where the wind had its way. On top, still bent to the halyard: “I wish to communicate with you”.",
        start: 60,
        step: 5,
    },
    Item {
        slug: "diving-helmet",
        title: "Twelve-bolt diving helmet",
        origin: "Marseille, 1924",
        story: "Tinned copper, three windows and a dent with a story that changes. Worked on the harbour walls of six ports. Air not included.",
        start: 350,
        step: 25,
    },
    Item {
        slug: "tide-machine",
        title: "Tide-predicting machine, six wheels",
        origin: "Liverpool, 1898",
        story: "Turn the crank and it draws next year's tides. It knows nothing of the weather, and has been right more often than those who do.",
        start: 700,
        step: 30,
    },
];
