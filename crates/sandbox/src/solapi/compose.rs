//! What a message has to be: recipient, sender, length in EUC-KR bytes, kind.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::answer::Refusal;
use crate::world::MessageKind;

const SMS_BYTES: usize = 90;
const LMS_BYTES: usize = 2_000;
const SUBJECT_BYTES: usize = 40;

/// A message as it was sent to us.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub to: Recipients,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub text: String,
    pub subject: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub auto_type_detect: Option<Value>,
    pub country: Option<String>,
    pub image_id: Option<String>,
    pub kakao_options: Option<Value>,
    #[serde(default)]
    pub custom_fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Recipients {
    One(String),
    Many(Vec<String>),
}

impl Recipients {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many.as_slice(),
        };
        all.iter().map(String::as_str)
    }
}

/// A code of the 1xxx range and what it means.
pub type Refused = (&'static str, &'static str);

pub const DUPLICATE: Refused = ("1026", "수신번호 중복");
pub const NO_BALANCE: Refused = ("1030", "잔액 부족");
const MISSING: Refused = ("1010", "필수 값이 없습니다");
const BAD_FORMAT: Refused = ("1011", "잘못된 형식입니다");
const SUBJECT_TOO_LONG: Refused = ("1013", "제목이 너무 깁니다");
const NO_SUBJECT_ALLOWED: Refused = ("1014", "제목을 사용할 수 없습니다");
const BAD_RECIPIENT: Refused = ("1020", "수신번호 오류");
const BAD_COUNTRY: Refused = ("1022", "국가번호 오류");
const BAD_KIND: Refused = ("1025", "메시지 타입 오류");
const NO_IMAGE: Refused = ("1028", "이미지 오류");
const BAD_CHARACTER: Refused = ("1029", "EUC-KR로 표현할 수 없는 문자가 있습니다");
const TOO_LONG: Refused = ("1031", "메시지 내용이 너무 깁니다");
const NO_CHANNEL: Refused = ("1041", "카카오 채널을 찾을 수 없습니다");
const UNREGISTERED: Refused = ("1062", "발신번호 미등록");

impl Input {
    /// Fields whose form makes the whole call wrong.
    pub fn check(&self) -> Result<(), Refusal> {
        for (key, value) in &self.custom_fields {
            if key.is_empty() || key.chars().count() > 30 || value.chars().count() > 100 {
                let message =
                    format!("customFields.{key}: keys hold 1 to 30 characters, values up to 100");
                return Err(Refusal::invalid(message));
            }
        }
        Ok(())
    }

    /// Whether the kind follows from the text; some clients write 0 and 1.
    pub fn detects_type(&self) -> bool {
        match &self.auto_type_detect {
            Some(Value::Bool(detects)) => *detects,
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            _ => true,
        }
    }

    /// The kind it will be sent as, or why it is refused at registration.
    pub fn judge(&self, to: &str, sender: &str) -> Result<MessageKind, Refused> {
        if to.is_empty() || self.from.is_empty() {
            return Err(MISSING);
        }
        if self
            .country
            .as_deref()
            .is_some_and(|country| country != "82")
        {
            return Err(BAD_COUNTRY);
        }
        if !is_reachable(to) {
            return Err(BAD_RECIPIENT);
        }
        if !(8..=11).contains(&self.from.len())
            || !self.from.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(BAD_FORMAT);
        }
        if self.from != sender {
            return Err(UNREGISTERED);
        }
        if let Some(refused) = stands_for_refusal(to) {
            return Err(refused);
        }
        let kind = self.kind()?;
        let length = euc_kr_length(&self.text).ok_or(BAD_CHARACTER)?;
        if length == 0 {
            return Err(MISSING);
        }
        if let Some(subject) = self
            .subject
            .as_deref()
            .filter(|subject| !subject.is_empty())
        {
            if kind == MessageKind::Sms {
                return Err(NO_SUBJECT_ALLOWED);
            }
            if euc_kr_length(subject).ok_or(BAD_CHARACTER)? > SUBJECT_BYTES {
                return Err(SUBJECT_TOO_LONG);
            }
        }
        let most = if kind == MessageKind::Sms {
            SMS_BYTES
        } else {
            LMS_BYTES
        };
        if length > most {
            Err(TOO_LONG)
        } else {
            Ok(kind)
        }
    }

    fn kind(&self) -> Result<MessageKind, Refused> {
        match self.kind.as_deref() {
            Some("SMS") => Ok(MessageKind::Sms),
            Some("LMS") => Ok(MessageKind::Lms),
            // No images and no Kakao channels are registered here.
            Some("MMS") => Err(NO_IMAGE),
            Some("ATA" | "CTA" | "CTI") => Err(NO_CHANNEL),
            Some(_) => Err(BAD_KIND),
            None if !self.detects_type() => Err(MISSING),
            None if self.kakao_options.is_some() => Err(NO_CHANNEL),
            None if self.image_id.is_some() => Err(NO_IMAGE),
            None => {
                let length = euc_kr_length(&self.text).ok_or(BAD_CHARACTER)?;
                let subject = self
                    .subject
                    .as_deref()
                    .is_some_and(|subject| !subject.is_empty());
                Ok(if subject || length > SMS_BYTES {
                    MessageKind::Lms
                } else {
                    MessageKind::Sms
                })
            }
        }
    }
}

/// Bytes of the text in EUC-KR (with its common extension), unless a character has none.
pub fn euc_kr_length(text: &str) -> Option<usize> {
    let (bytes, _, unmappable) = encoding_rs::EUC_KR.encode(text);
    (!unmappable).then_some(bytes.len())
}

/// Mobile numbers and the safe numbers marketplaces lend; digits only.
fn is_reachable(to: &str) -> bool {
    let digits = to.bytes().all(|byte| byte.is_ascii_digit());
    let mobile = to.starts_with("01") && (10..=11).contains(&to.len());
    let safe = to.starts_with("050") && (11..=12).contains(&to.len());
    digits && (mobile || safe)
}

/// `0100000` and a code of the 1xxx range is refused with that code.
fn stands_for_refusal(to: &str) -> Option<Refused> {
    match to.strip_prefix("0100000")? {
        "1026" => Some(DUPLICATE),
        "1030" => Some(NO_BALANCE),
        "1060" => Some(("1060", "차단된 번호")),
        "1061" => Some(("1061", "수신거부 번호")),
        _ => None,
    }
}

/// `0100000` and a code of the 2xxx or 3xxx range fails with that code after it was accepted.
pub fn stands_for_failure(to: &str) -> Option<String> {
    let code = to.strip_prefix("0100000")?;
    (code.len() == 4 && (code.starts_with('2') || code.starts_with('3'))).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(change: impl FnOnce(&mut Input)) -> Result<MessageKind, &'static str> {
        let mut input = Input {
            to: Recipients::One("05021234567".to_owned()),
            from: "0212345678".to_owned(),
            text: "안녕하세요".to_owned(),
            subject: None,
            kind: None,
            auto_type_detect: None,
            country: None,
            image_id: None,
            kakao_options: None,
            custom_fields: BTreeMap::new(),
        };
        change(&mut input);
        let to = input.to.iter().next().unwrap_or_default().to_owned();
        input.judge(&to, "0212345678").map_err(|(code, _)| code)
    }

    #[test]
    fn korean_letters_count_twice_and_ninety_bytes_are_the_edge() {
        assert_eq!(euc_kr_length("한글ab"), Some(6));
        assert_eq!(euc_kr_length("😀"), None);
        assert_eq!(
            judge(|input| input.text = "가".repeat(45)),
            Ok(MessageKind::Sms)
        );
        assert_eq!(
            judge(|input| input.text = "가".repeat(45) + "a"),
            Ok(MessageKind::Lms)
        );
        assert_eq!(
            judge(|input| input.text = "가".repeat(1000)),
            Ok(MessageKind::Lms)
        );
        assert_eq!(judge(|input| input.text = "가".repeat(1001)), Err("1031"));
    }

    #[test]
    fn each_mistake_has_its_code() {
        type Case = (&'static str, fn(&mut Input));
        let cases: [Case; 11] = [
            ("1010", |input| input.text.clear()),
            ("1010", |input| input.from.clear()),
            ("1020", |input| {
                input.to = Recipients::One("010-1234-5678".to_owned())
            }),
            ("1020", |input| {
                input.to = Recipients::One("0212345678".to_owned())
            }),
            ("1022", |input| input.country = Some("1".to_owned())),
            ("1062", |input| input.from = "0299999999".to_owned()),
            ("1029", |input| input.text = "안녕 😀".to_owned()),
            ("1025", |input| input.kind = Some("PIGEON".to_owned())),
            ("1026", |input| {
                input.to = Recipients::One("01000001026".to_owned())
            }),
            ("1014", |input| {
                input.kind = Some("SMS".to_owned());
                input.subject = Some("제목".to_owned());
            }),
            ("1013", |input| input.subject = Some("가".repeat(21))),
        ];
        for (code, change) in cases {
            assert_eq!(judge(change), Err(code));
        }
    }

    #[test]
    fn some_recipients_stand_for_a_failure_of_the_carrier() {
        assert_eq!(stands_for_failure("01000003010").as_deref(), Some("3010"));
        assert_eq!(stands_for_failure("01012345678"), None);
    }
}
