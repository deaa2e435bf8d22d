//! The couriers Coupang knows, and what their numbers look like.

use Rule::{Argo, Between, Digits, Ems, Lengths};

/// A courier.
#[derive(Debug, Clone, Copy)]
pub struct Courier {
    pub name: &'static str,
    rule: Rule,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Any number of digits.
    Digits,
    /// So many digits, or so many.
    Lengths(&'static [usize]),
    Between(usize, usize),
    /// Two letters, nine digits, two letters.
    Ems,
    /// Two letters and fourteen digits.
    Argo,
}

/// The courier of a code. Closed and merged couriers, names, and codes of other channels are none.
pub fn find(code: &str) -> Option<Courier> {
    let ruled = COURIERS.iter().find(|(known, _, _)| *known == code);
    if let Some((_, name, rule)) = ruled {
        return Some(Courier { name, rule: *rule });
    }
    let name = UNRULED.iter().find(|known| **known == code)?;
    Some(Courier { name, rule: Digits })
}

impl Courier {
    /// Checks a number, or says what Coupang says.
    pub fn check(&self, number: &str) -> Result<(), String> {
        let (name, digits) = (self.name, number.bytes().all(|byte| byte.is_ascii_digit()));
        let fits = match self.rule {
            Ems => lettered(number, 2, 9, 2),
            Argo => lettered(number, 2, 14, 0),
            _ if !digits => {
                return Err(format!(
                    "{name}의 운송장번호는 숫자로만 구성되어야 합니다. InvoiceNumber must be number. [{number}]"
                ));
            }
            Digits => true,
            Lengths(lengths) => lengths.contains(&number.len()),
            Between(least, most) => (least..=most).contains(&number.len()),
        };
        if fits {
            Ok(())
        } else {
            Err(format!(
                "{name}의 송장번호 형식에 맞지않는 운송장 번호 입니다. [{number}]"
            ))
        }
    }
}

fn lettered(number: &str, front: usize, digits: usize, back: usize) -> bool {
    number.len() == front + digits + back
        && number.bytes().enumerate().all(|(place, byte)| {
            if (front..front + digits).contains(&place) {
                byte.is_ascii_digit()
            } else {
                byte.is_ascii_uppercase()
            }
        })
}

const COURIERS: &[(&str, &str, Rule)] = &[
    ("CJGLS", "CJ대한통운", Lengths(&[10, 12])),
    ("HYUNDAI", "롯데택배", Lengths(&[10, 12, 13])),
    ("HANJIN", "한진택배", Lengths(&[10, 12])),
    ("KGB", "로젠택배", Lengths(&[10, 11])),
    ("EPOST", "우체국", Lengths(&[13])),
    ("REGISTPOST", "우편등기", Lengths(&[13])),
    ("KDEXP", "경동택배", Between(8, 16)),
    ("HDEXP", "합동택배", Between(8, 16)),
    ("DAESIN", "대신택배", Lengths(&[13])),
    ("ILYANG", "일양택배", Between(8, 16)),
    ("CHUNIL", "천일특송", Lengths(&[11])),
    ("KUNYOUNG", "건영택배", Lengths(&[10])),
    ("CVS", "CVS택배", Lengths(&[10, 12])),
    ("BGF", "BGF포스트", Lengths(&[10, 12])),
    ("HONAM", "우리택배", Digits),
    ("SLX", "SLX택배", Lengths(&[12])),
    ("HOMEPICK", "홈픽택배", Lengths(&[12])),
    ("TODAYPICKUP", "오늘의픽업", Digits),
    ("JMNP", "딜리박스", Digits),
    ("VROONG", "부릉", Digits),
    ("YONGMA", "용마로지스", Digits),
    ("SEBANG", "세방택배", Lengths(&[13])),
    ("NHLOGIS", "농협택배", Digits),
    ("LOTTEGLOBAL", "롯데글로벌", Digits),
    ("EMS", "우체국 EMS", Ems),
    ("DHL", "DHL", Lengths(&[10, 13, 20])),
    ("UPS", "UPS", Lengths(&[9, 18])),
    ("FEDEX", "FEDEX", Lengths(&[12, 15])),
    ("TNT", "TNT", Lengths(&[9, 13])),
    ("USPS", "USPS", Lengths(&[10, 13, 20, 22, 26])),
    ("PANTOS", "범한판토스", Lengths(&[12])),
    ("CWAY", "씨웨이", Lengths(&[12, 13])),
    ("ACIEXPRESS", "ACI Express", Lengths(&[12, 13])),
    ("QXPRESS", "큐익스프레스", Lengths(&[10, 12])),
    ("DIRECT", "업체직송", Digits),
    ("BANPOOM", "반품구조대", Lengths(&[10, 12])),
    ("ARGO", "아르고", Argo),
    ("IPARCEL", "IPARCEL", Lengths(&[17])),
    ("LINEEXPRESS", "LINEEXPRESS", Lengths(&[13])),
    ("TWOFASTEXP", "TWOFASTEXP", Lengths(&[10, 12, 13])),
    ("HPL", "HPL", Lengths(&[10, 12])),
    ("GOODSTOLUCK", "GOODSTOLUCK", Lengths(&[12])),
    ("ECMS", "ECMS", Lengths(&[16])),
    ("WONDERS", "WONDERS", Lengths(&[15])),
    ("GSIEXPRESS", "GSIEXPRESS", Lengths(&[13])),
    ("EFS", "EFS", Lengths(&[18])),
    ("CRLX", "CRLX", Lengths(&[12, 13])),
    ("HOMEINNOV", "HOMEINNOV", Lengths(&[12])),
    ("GNETWORK", "GNETWORK", Lengths(&[15])),
    ("ACEEXP", "ACEEXP", Lengths(&[13])),
    ("WEVILL", "WEVILL", Lengths(&[12])),
    ("FOREVERPS", "FOREVERPS", Lengths(&[11])),
    ("WARPEX", "WARPEX", Lengths(&[12])),
    ("SMARTLOGIS", "SMARTLOGIS", Lengths(&[12, 13])),
    ("LSERVICE", "LSERVICE", Between(11, 13)),
    ("ZENIELSYSTEM", "ZENIELSYSTEM", Lengths(&[15])),
    ("JLOGIST", "JLOGIST", Lengths(&[12])),
    ("CHAINLOGIS", "CHAINLOGIS", Between(9, 15)),
    ("QRUN", "QRUN", Lengths(&[12])),
    ("HIVECITY", "HIVECITY", Lengths(&[10, 12])),
    ("GENIEGO", "GENIEGO", Lengths(&[12])),
    ("LOGISVALLEY", "LOGISVALLEY", Lengths(&[12])),
    ("FTF", "FTF", Between(12, 13)),
    ("GKGLOBAL", "GKGLOBAL", Lengths(&[11])),
    ("BRCH", "BRCH", Lengths(&[13])),
    ("HLDE", "HLDE", Lengths(&[12])),
];

/// Couriers without a rule of their own.
const UNRULED: &[&str] = &[
    "AJOU",
    "CSLOGIS",
    "GSMNTON",
    "SWGEXP",
    "DAEWOON",
    "AIRBOY",
    "KGLNET",
    "KOREXG",
    "HANDEX",
    "DHLGLOBALMAIL",
    "GPSLOGIX",
    "BRIDGE",
    "GTSLOGIS",
    "ESTHER",
    "INTRAS",
    "EUNHA",
    "UFREIGHT",
    "TPMLOGIS",
    "ANYTRACK",
    "FRESHSOLUTIONS",
    "HANSSEM",
    "SFC",
    "JNET",
    "PANASIA",
    "ELIAN",
    "LOTTECHILSUNG",
    "SBGLS",
    "ALLTAKOREA",
    "YUNDA",
    "VALEX",
    "KOKUSAI",
    "XINPATEK",
    "HEREWEGO",
    "WOONGJI",
    "PINGPONG",
    "YDH",
    "CARGOPLEASE",
    "LOGISPOT",
    "FRESHMATES",
    "NKLS",
    "DODOFLEX",
    "ETOMARS",
    "SHIPNERGY",
    "VENDORPIA",
    "COSHIP",
    "GDAKOREA",
    "BABABA",
    "TEAMFRESH",
    "HOME1004",
    "NAEUN",
    "ACCCARGO",
    "NTLPS",
    "EKDP",
    "HOTSINGCARGO",
    "SINOEX",
    "DRABBIT",
    "HOMEPICKTODAY",
    "DAERIM",
    "LOGISPARTNER",
    "GOBOX",
    "FASTBOX",
    "PANSTAR",
    "ACTCORE",
    "KJT",
    "THEBAO",
    "RUSH",
    "KT",
    "IBP",
    "HY",
    "TODAY",
    "ONEDAYLOGIS",
    "HKHOLDINGS",
    "JIKGUMOON",
    "CUBEFLOW",
    "SHFLY",
    "GBS",
    "GLOVIS",
    "SELC",
    "MTINTER",
    "GDSP",
    "YJSGLOBAL",
    "DUXGLOBAL",
    "INTERLOGIS",
    "WOOJIN",
    "GHSPEED",
    "WIDETECH",
    "ECOHAI",
    "TONAMI",
    "DAIICHI",
    "FUKUYAMA",
    "KURLYNEXTMILE",
    "ARAMEX",
    "BISNZ",
    "INNOS",
    "SEORIM",
    "WEMOVE",
    "POOLATHOME",
    "SPARKLE",
    "ICS",
    "HANMI",
    "CAINIAO",
    "HWATONG",
    "ESTLA",
    "IK",
    "PULMUONEWATER",
    "TSG",
    "OCS",
    "MDLOGIS",
    "GCS",
    "HUBNET",
    "WINION_3P",
    "WOORIHB",
    "LETUS",
    "JWTNL",
    "JCLS",
    "GONELO",
    "CASA",
    "MORNINGGLOBAL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_rules_of_their_courier() {
        let check = |code, number| find(code).unwrap().check(number);
        assert_eq!(check("CJGLS", "680405450931"), Ok(()));
        assert_eq!(check("EMS", "EE123456789KR"), Ok(()));
        assert_eq!(check("DIRECT", "1"), Ok(()));
        assert_eq!(check("ILYANG", "12345678"), Ok(()));
        assert_eq!(
            check("CJGLS", "12345").unwrap_err(),
            "CJ대한통운의 송장번호 형식에 맞지않는 운송장 번호 입니다. [12345]"
        );
        assert_eq!(
            check("DIRECT", "12-34").unwrap_err(),
            "업체직송의 운송장번호는 숫자로만 구성되어야 합니다. InvoiceNumber must be number. [12-34]"
        );
    }

    #[test]
    fn codes_of_other_channels_and_closed_couriers_do_not_exist() {
        for code in [
            "LOTTE",
            "LOGEN",
            "POST",
            "KOREX",
            "CJ대한통운",
            "CVSNET",
            "",
        ] {
            assert!(find(code).is_none(), "{code}");
        }
        assert!(find("MORNINGGLOBAL").is_some());
    }
}
