//! Addresses: real districts and roads with five-digit postcodes of that district.

use serde::{Deserialize, Serialize};

use super::dice::Dice;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub postcode: String,
    /// Road-name address up to the building number.
    pub street: String,
    /// Building, floor, door.
    pub detail: String,
    /// Islands, which cost a surcharge.
    pub remote: bool,
}

/// First and last postcode of a stretch, its district, roads that run there.
struct District(u32, u32, &'static str, &'static [&'static str]);

const DISTRICTS: [District; 28] = [
    District(
        6000,
        6378,
        "서울특별시 강남구",
        &["테헤란로", "논현로", "도산대로", "압구정로"],
    ),
    District(
        3900,
        4214,
        "서울특별시 마포구",
        &["월드컵북로", "양화로", "마포대로", "와우산로"],
    ),
    District(
        3000,
        3198,
        "서울특별시 종로구",
        &["종로", "율곡로", "새문안로", "자하문로"],
    ),
    District(
        4700,
        4809,
        "서울특별시 성동구",
        &["왕십리로", "뚝섬로", "아차산로", "독서당로"],
    ),
    District(
        5500,
        5857,
        "서울특별시 송파구",
        &["올림픽로", "송파대로", "백제고분로", "가락로"],
    ),
    District(
        13_454,
        13_638,
        "경기도 성남시 분당구",
        &["판교역로", "정자일로", "성남대로", "황새울로"],
    ),
    District(
        16_673,
        16_714,
        "경기도 수원시 영통구",
        &["영통로", "덕영대로", "봉영로"],
    ),
    District(
        16_800,
        16_883,
        "경기도 용인시 수지구",
        &["수지로", "포은대로", "신봉로"],
    ),
    District(
        10_397,
        10_424,
        "경기도 고양시 일산동구",
        &["중앙로", "정발산로", "일산로"],
    ),
    District(
        10_000,
        10_136,
        "경기도 김포시",
        &["김포대로", "사우중로", "봉화로"],
    ),
    District(
        21_300,
        21_460,
        "인천광역시 부평구",
        &["부평대로", "경원대로", "길주로"],
    ),
    District(
        21_900,
        22_032,
        "인천광역시 연수구",
        &["센트럴로", "컨벤시아대로", "청능대로"],
    ),
    District(
        24_200,
        24_473,
        "강원특별자치도 춘천시",
        &["중앙로", "퇴계로", "영서로"],
    ),
    District(
        25_400,
        25_646,
        "강원특별자치도 강릉시",
        &["경강로", "율곡로", "창해로"],
    ),
    District(
        28_388,
        28_477,
        "충청북도 청주시 흥덕구",
        &["가경로", "직지대로", "풍산로"],
    ),
    District(
        30_000,
        30_154,
        "세종특별자치시",
        &["한누리대로", "도움로", "절재로"],
    ),
    District(
        31_074,
        31_114,
        "충청남도 천안시 서북구",
        &["불당대로", "쌍용대로", "두정로"],
    ),
    District(
        34_000,
        34_232,
        "대전광역시 유성구",
        &["대학로", "엑스포로", "노은로"],
    ),
    District(
        37_788,
        37_947,
        "경상북도 포항시 남구",
        &["포스코대로", "새천년대로", "형산강북로"],
    ),
    District(
        42_000,
        42_288,
        "대구광역시 수성구",
        &["달구벌대로", "동대구로", "수성로"],
    ),
    District(
        44_600,
        44_787,
        "울산광역시 남구",
        &["삼산로", "번영로", "돋질로"],
    ),
    District(
        47_100,
        47_398,
        "부산광역시 부산진구",
        &["중앙대로", "가야대로", "전포대로"],
    ),
    District(
        48_000,
        48_120,
        "부산광역시 해운대구",
        &["해운대로", "센텀중앙로", "달맞이길"],
    ),
    District(
        51_447,
        51_577,
        "경상남도 창원시 성산구",
        &["원이대로", "중앙대로", "상남로"],
    ),
    District(
        55_032,
        55_144,
        "전북특별자치도 전주시 완산구",
        &["전라감영로", "홍산로", "백제대로"],
    ),
    District(
        59_600,
        59_792,
        "전라남도 여수시",
        &["여서로", "시청로", "돌산로"],
    ),
    District(
        61_900,
        62_078,
        "광주광역시 서구",
        &["상무대로", "죽봉대로", "운천로"],
    ),
    District(
        63_000,
        63_365,
        "제주특별자치도 제주시",
        &["연북로", "노형로", "일주서로"],
    ),
];

const COMPLEXES: [&str; 8] = [
    "래미안",
    "자이",
    "푸르지오",
    "힐스테이트",
    "롯데캐슬",
    "e편한세상",
    "더샵",
    "아이파크",
];

impl Address {
    pub fn draw(dice: &mut Dice) -> Self {
        let District(first, last, district, roads) = dice.pick(&DISTRICTS);
        let postcode = dice.between(u64::from(*first), u64::from(*last));
        let street = format!("{district} {} {}", dice.pick(roads), dice.between(3, 420));
        let detail = match dice.below(4) {
            0 => format!("{}층", dice.between(1, 12)),
            1 => format!("{}호", dice.between(101, 909)),
            _ => format!(
                "{}동 {}호 ({} 아파트)",
                dice.between(101, 118),
                dice.between(1, 25) * 100 + dice.between(1, 6),
                dice.pick(&COMPLEXES)
            ),
        };
        Self {
            postcode: format!("{postcode:05}"),
            street,
            detail,
            remote: district.starts_with("제주"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postcode_lies_in_the_district_of_its_street() {
        for index in 0..2000 {
            let address = Address::draw(&mut Dice::new(1, "test", index));
            let code: u32 = address.postcode.parse().unwrap();
            assert_eq!(address.postcode.len(), 5, "{address:?}");
            assert!(
                DISTRICTS
                    .iter()
                    .any(|d| address.street.starts_with(d.2) && (d.0..=d.1).contains(&code)),
                "{address:?}"
            );
        }
    }
}
