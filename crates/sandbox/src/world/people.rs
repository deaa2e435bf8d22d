//! Buyers: common Korean names and the safe numbers marketplaces lend them.

use serde::{Deserialize, Serialize};

use super::dice::Dice;

/// Who bought, or who receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// Digits only, e.g. `050212345678`.
    pub safe_number: String,
}

/// Family names, repeated roughly as often as they occur.
const FAMILY: [&str; 32] = [
    "김", "김", "김", "김", "김", "김", "이", "이", "이", "이", "박", "박", "박", "최", "최", "정",
    "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황", "안", "송", "남궁",
    "선우",
];

const GIVEN: [&str; 48] = [
    "서연", "민준", "지우", "서준", "하은", "도윤", "지민", "예준", "수아", "시우", "서윤", "하준",
    "지호", "채원", "현우", "지아", "준서", "유진", "은서", "건우", "윤아", "우진", "다은", "선우",
    "예은", "민재", "수빈", "현준", "지원", "정훈", "미영", "성호", "경희", "영수", "은정", "재현",
    "혜진", "상민", "보람", "태윤", "나연", "승현", "가은", "동현", "소율", "재원", "슬기", "철",
];

const NOTES: [&str; 9] = [
    "문 앞",
    "문 앞",
    "문 앞에 놓아주세요",
    "경비실에 맡겨주세요",
    "배송 전 연락 바랍니다",
    "택배함",
    "부재 시 문 앞에 두고 벨은 누르지 말아주세요",
    "직접 받고 부재 시 문 앞",
    "",
];

impl Person {
    pub fn draw(dice: &mut Dice) -> Self {
        let name = format!("{}{}", dice.pick(&FAMILY), dice.pick(&GIVEN));
        let prefix = dice.pick(&["0502", "0503", "0504", "0507"]);
        // Carriers lend both seven and eight digits after the prefix.
        let tail = if dice.percent(50) {
            format!("{:07}", dice.below(10_000_000))
        } else {
            format!("{:08}", dice.between(10_000_000, 99_999_999))
        };
        Self {
            name,
            safe_number: format!("{prefix}{tail}"),
        }
    }
}

/// What the buyer asks the courier for; often nothing.
pub fn draw_note(dice: &mut Dice) -> Option<String> {
    Some(*dice.pick(&NOTES))
        .filter(|note| !note.is_empty())
        .map(str::to_owned)
}
