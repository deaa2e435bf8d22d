//! What the played sellers offer: goods that are shipped and books that are read on a screen.

use serde::Serialize;

/// Whether something has to be carried to the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoodsKind {
    Physical,
    Digital,
}

/// One option as offered by one account.
#[derive(Debug, Clone)]
pub struct Listing {
    pub vendor_item_id: i64,
    pub product_id: i64,
    pub seller_product_id: i64,
    pub product_name: &'static str,
    pub item_name: &'static str,
    pub sku: &'static str,
    pub kind: GoodsKind,
    pub price: i64,
}

/// The account whose range of numbers an option lies in.
pub fn account_of_item(vendor_item_id: i64) -> Option<u32> {
    let place = vendor_item_id.checked_sub(FIRST_ITEM)?.div_euclid(RANGE);
    u32::try_from(place).ok()
}

/// The numbers of each account's options and products begin here, a range after the other.
const FIRST_ITEM: i64 = 85_400_000_000;
const RANGE: i64 = 1_000;

impl Listing {
    /// The name buyers see: product, option, and how many are in one.
    pub fn full_name(&self) -> String {
        format!("{}, {}, 1개", self.product_name, self.item_name)
    }
}

struct Product(
    &'static str,
    GoodsKind,
    &'static [(&'static str, &'static str, i64)],
);

use GoodsKind::{Digital, Physical};

const PRODUCTS: [Product; 16] = [
    Product(
        "온기 도자기 머그컵 350ml",
        Physical,
        &[
            ("흰색", "MUG-350-W", 9_000),
            ("검정", "MUG-350-B", 9_000),
            ("하늘색", "MUG-350-S", 9_500),
        ],
    ),
    Product(
        "라온 호텔 수건 세트 40수 200g",
        Physical,
        &[
            ("아이보리 5장", "TWL-40-IV5", 24_900),
            ("그레이 10장", "TWL-40-GR10", 45_800),
        ],
    ),
    Product(
        "무소음 무선 마우스 M2",
        Physical,
        &[
            ("블랙", "MSE-M2-BK", 15_900),
            ("화이트", "MSE-M2-WH", 15_900),
        ],
    ),
    Product(
        "에티오피아 예가체프 원두",
        Physical,
        &[
            ("200g", "BEAN-YG-200", 11_500),
            ("1kg", "BEAN-YG-1000", 38_000),
        ],
    ),
    Product(
        "광천 재래김 선물세트",
        Physical,
        &[("20봉", "GIM-20", 19_800)],
    ),
    Product(
        "하루 두꺼운 양말 5켤레",
        Physical,
        &[
            ("남성 혼합", "SOCK-M5", 8_900),
            ("여성 혼합", "SOCK-F5", 8_900),
        ],
    ),
    Product(
        "접이식 스테인리스 텀블러 470ml",
        Physical,
        &[
            ("샌드", "TMB-470-SD", 17_900),
            ("네이비", "TMB-470-NV", 17_900),
        ],
    ),
    Product(
        "시어버터 핸드크림 50ml",
        Physical,
        &[("무향", "HND-50-0", 6_500), ("라벤더", "HND-50-L", 6_500)],
    ),
    Product(
        "제주 감귤 5kg",
        Physical,
        &[("소과", "MND-5-S", 21_900), ("대과", "MND-5-L", 19_900)],
    ),
    Product("캔버스 에코백", Physical, &[("기본", "BAG-CV-1", 12_000)]),
    Product(
        "A5 무지 노트 3권",
        Physical,
        &[("미색", "NOTE-A5-3", 7_800)],
    ),
    Product(
        "강아지 산책 리드줄 2m",
        Physical,
        &[
            ("오렌지", "LEASH-2-OR", 13_500),
            ("그린", "LEASH-2-GR", 13_500),
        ],
    ),
    Product(
        "[전자책] 혼자서 시작하는 장부 정리",
        Digital,
        &[("PDF", "EBOOK-LEDGER", 12_000)],
    ),
    Product(
        "[전자책] 제주 오름 걷기 지도",
        Digital,
        &[("EPUB", "EBOOK-OREUM", 9_900)],
    ),
    Product(
        "[전자책] 작은 가게의 온라인 판매",
        Digital,
        &[("PDF", "EBOOK-SHOP", 15_000)],
    ),
    Product(
        "[전자책] 매일 한 줄 손글씨 연습장",
        Digital,
        &[("PDF", "EBOOK-HAND", 5_900)],
    ),
];

/// The listings of the account with this index: the same goods, under ids of its own.
pub fn of_account(index: u32) -> Vec<Listing> {
    let base = i64::from(index) * RANGE;
    let mut listings = Vec::new();
    for (product, Product(product_name, kind, options)) in (0_i64..).zip(PRODUCTS.iter()) {
        for (item_name, sku, price) in *options {
            let number = base + i64::try_from(listings.len()).unwrap_or_default() * 13;
            listings.push(Listing {
                vendor_item_id: FIRST_ITEM + number,
                product_id: 7_300_000_000 + base + product,
                seller_product_id: 15_200_000_000 + base + product,
                product_name,
                item_name,
                sku,
                kind: *kind,
                price: *price,
            });
        }
    }
    listings
}
