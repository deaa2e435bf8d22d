//! The couriers Coupang knows, and what their numbers look like.

use Rule::{Argo, Between, Digits, Ems, Lengths};

/// A courier by Coupang's code for it.
#[derive(Debug, Clone, Copy)]
pub struct Courier {
    pub code: &'static str,
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
    let ruled = COURIERS
        .iter()
        .find(|courier| courier.code == code)
        .copied();
    ruled.or_else(|| {
        let code = UNRULED.iter().find(|known| **known == code)?;
        Some(Courier {
            code,
            name: code,
            rule: Digits,
        })
    })
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

const COURIERS: &[Courier] = &[
    Courier {
        code: "CJGLS",
        name: "CJ대한통운",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "HYUNDAI",
        name: "롯데택배",
        rule: Lengths(&[10, 12, 13]),
    },
    Courier {
        code: "HANJIN",
        name: "한진택배",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "KGB",
        name: "로젠택배",
        rule: Lengths(&[10, 11]),
    },
    Courier {
        code: "EPOST",
        name: "우체국",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "REGISTPOST",
        name: "우편등기",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "KDEXP",
        name: "경동택배",
        rule: Between(8, 16),
    },
    Courier {
        code: "HDEXP",
        name: "합동택배",
        rule: Between(8, 16),
    },
    Courier {
        code: "DAESIN",
        name: "대신택배",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "ILYANG",
        name: "일양택배",
        rule: Between(8, 16),
    },
    Courier {
        code: "CHUNIL",
        name: "천일특송",
        rule: Lengths(&[11]),
    },
    Courier {
        code: "KUNYOUNG",
        name: "건영택배",
        rule: Lengths(&[10]),
    },
    Courier {
        code: "CVS",
        name: "CVS택배",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "BGF",
        name: "BGF포스트",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "HONAM",
        name: "우리택배",
        rule: Digits,
    },
    Courier {
        code: "SLX",
        name: "SLX택배",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "HOMEPICK",
        name: "홈픽택배",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "TODAYPICKUP",
        name: "오늘의픽업",
        rule: Digits,
    },
    Courier {
        code: "JMNP",
        name: "딜리박스",
        rule: Digits,
    },
    Courier {
        code: "VROONG",
        name: "부릉",
        rule: Digits,
    },
    Courier {
        code: "YONGMA",
        name: "용마로지스",
        rule: Digits,
    },
    Courier {
        code: "SEBANG",
        name: "세방택배",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "NHLOGIS",
        name: "농협택배",
        rule: Digits,
    },
    Courier {
        code: "LOTTEGLOBAL",
        name: "롯데글로벌",
        rule: Digits,
    },
    Courier {
        code: "EMS",
        name: "우체국 EMS",
        rule: Ems,
    },
    Courier {
        code: "DHL",
        name: "DHL",
        rule: Lengths(&[10, 13, 20]),
    },
    Courier {
        code: "UPS",
        name: "UPS",
        rule: Lengths(&[9, 18]),
    },
    Courier {
        code: "FEDEX",
        name: "FEDEX",
        rule: Lengths(&[12, 15]),
    },
    Courier {
        code: "TNT",
        name: "TNT",
        rule: Lengths(&[9, 13]),
    },
    Courier {
        code: "USPS",
        name: "USPS",
        rule: Lengths(&[10, 13, 20, 22, 26]),
    },
    Courier {
        code: "PANTOS",
        name: "범한판토스",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "CWAY",
        name: "씨웨이",
        rule: Lengths(&[12, 13]),
    },
    Courier {
        code: "ACIEXPRESS",
        name: "ACI Express",
        rule: Lengths(&[12, 13]),
    },
    Courier {
        code: "QXPRESS",
        name: "큐익스프레스",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "DIRECT",
        name: "업체직송",
        rule: Digits,
    },
    Courier {
        code: "BANPOOM",
        name: "반품구조대",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "ARGO",
        name: "아르고",
        rule: Argo,
    },
    Courier {
        code: "IPARCEL",
        name: "IPARCEL",
        rule: Lengths(&[17]),
    },
    Courier {
        code: "LINEEXPRESS",
        name: "LINEEXPRESS",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "TWOFASTEXP",
        name: "TWOFASTEXP",
        rule: Lengths(&[10, 12, 13]),
    },
    Courier {
        code: "HPL",
        name: "HPL",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "GOODSTOLUCK",
        name: "GOODSTOLUCK",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "ECMS",
        name: "ECMS",
        rule: Lengths(&[16]),
    },
    Courier {
        code: "WONDERS",
        name: "WONDERS",
        rule: Lengths(&[15]),
    },
    Courier {
        code: "GSIEXPRESS",
        name: "GSIEXPRESS",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "EFS",
        name: "EFS",
        rule: Lengths(&[18]),
    },
    Courier {
        code: "CRLX",
        name: "CRLX",
        rule: Lengths(&[12, 13]),
    },
    Courier {
        code: "HOMEINNOV",
        name: "HOMEINNOV",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "GNETWORK",
        name: "GNETWORK",
        rule: Lengths(&[15]),
    },
    Courier {
        code: "ACEEXP",
        name: "ACEEXP",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "WEVILL",
        name: "WEVILL",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "FOREVERPS",
        name: "FOREVERPS",
        rule: Lengths(&[11]),
    },
    Courier {
        code: "WARPEX",
        name: "WARPEX",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "SMARTLOGIS",
        name: "SMARTLOGIS",
        rule: Lengths(&[12, 13]),
    },
    Courier {
        code: "LSERVICE",
        name: "LSERVICE",
        rule: Between(11, 13),
    },
    Courier {
        code: "ZENIELSYSTEM",
        name: "ZENIELSYSTEM",
        rule: Lengths(&[15]),
    },
    Courier {
        code: "JLOGIST",
        name: "JLOGIST",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "CHAINLOGIS",
        name: "CHAINLOGIS",
        rule: Between(9, 15),
    },
    Courier {
        code: "QRUN",
        name: "QRUN",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "HIVECITY",
        name: "HIVECITY",
        rule: Lengths(&[10, 12]),
    },
    Courier {
        code: "GENIEGO",
        name: "GENIEGO",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "LOGISVALLEY",
        name: "LOGISVALLEY",
        rule: Lengths(&[12]),
    },
    Courier {
        code: "FTF",
        name: "FTF",
        rule: Between(12, 13),
    },
    Courier {
        code: "GKGLOBAL",
        name: "GKGLOBAL",
        rule: Lengths(&[11]),
    },
    Courier {
        code: "BRCH",
        name: "BRCH",
        rule: Lengths(&[13]),
    },
    Courier {
        code: "HLDE",
        name: "HLDE",
        rule: Lengths(&[12]),
    },
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
