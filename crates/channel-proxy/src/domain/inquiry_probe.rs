//! Was a question answered as the merchant said? Answered from a fresh look.

use crate::domain::inquiry::{ChannelInquiry, InquiryAuthor, InquiryState};
use crate::domain::operation::InquiryReply;
use crate::domain::probe::{Finding, conflict};

/// What a look at a question says about a reply; `None` when the channel does not show the question any more.
pub fn replied(inquiry: Option<&ChannelInquiry>, reply: &InquiryReply) -> Finding {
    let Some(inquiry) = inquiry else {
        return conflict(
            "INQUIRY_NOT_FOUND",
            "the channel does not show this question any more",
        );
    };
    match reply {
        InquiryReply::Answer {
            text,
            channel_parent_answer_id: parent,
            ..
        } => {
            let ours = inquiry.messages.iter().filter(|message| {
                matches!(message.author, InquiryAuthor::Merchant) && same_words(&message.text, text)
            });
            // The same words may have answered an earlier message of the same talk.
            let waits = inquiry
                .messages
                .iter()
                .any(|message| message.channel_answer_id == *parent && message.needs_answer);
            let mut answers = ours.filter(|message| match &message.channel_parent_answer_id {
                untold if untold.is_empty() => !waits,
                answered => answered == parent,
            });
            if answers.next().is_some() {
                return Finding::Happened;
            }
            match inquiry.state {
                InquiryState::Closed => {
                    conflict("INQUIRY_CLOSED", "the channel closed the question")
                }
                _ => Finding::Clean,
            }
        }
        InquiryReply::Confirm { .. } => match inquiry.state {
            InquiryState::ToConfirm => Finding::Clean,
            InquiryState::Waiting => conflict(
                "INQUIRY_NOT_ANSWERABLE",
                "the channel waits for an answer, not for a confirmation",
            ),
            InquiryState::Answered | InquiryState::Closed => Finding::Happened,
        },
    }
}

/// Channels store texts with other line ends and blanks than were sent.
fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::inquiry::{InquiryKind, InquiryMessage};

    fn inquiry(state: InquiryState, messages: &[(InquiryAuthor, &str)]) -> ChannelInquiry {
        let message = |(author, text): &(InquiryAuthor, &str)| InquiryMessage {
            channel_answer_id: "1".to_owned(),
            channel_parent_answer_id: String::new(),
            author: *author,
            at: None,
            text: (*text).to_owned(),
            needs_answer: false,
        };
        ChannelInquiry {
            channel_inquiry_id: "1".to_owned(),
            kind: InquiryKind::CallCenter,
            state,
            asked_at: None,
            answered_at: None,
            text: String::new(),
            channel_order_ids: Vec::new(),
            channel_listing_ids: Vec::new(),
            channel_product_id: String::new(),
            product_name: String::new(),
            category: String::new(),
            asked_by: String::new(),
            messages: messages.iter().map(message).collect(),
            read_at: DateTime::UNIX_EPOCH,
            answer_by: None,
        }
    }

    fn word(finding: &Finding) -> &'static str {
        match finding {
            Finding::Happened => "happened",
            Finding::Clean => "clean",
            Finding::Blocked { reason, .. } | Finding::Conflict { reason, .. } => reason,
        }
    }

    #[test]
    fn an_answer_is_found_by_its_words_from_the_merchant_only() {
        use InquiryAuthor::{Channel, Merchant};
        let answer = InquiryReply::Answer {
            text: "내일 출고됩니다.\n감사합니다.".to_owned(),
            answered_by: String::new(),
            channel_parent_answer_id: String::new(),
        };
        let words = "내일 출고됩니다. \r\n감사합니다.";
        let waiting = InquiryState::Waiting;
        let found = |inquiry: &ChannelInquiry| word(&replied(Some(inquiry), &answer));
        assert_eq!(found(&inquiry(waiting, &[(Merchant, words)])), "happened");
        assert_eq!(found(&inquiry(waiting, &[(Channel, words)])), "clean");
        assert_eq!(found(&inquiry(waiting, &[])), "clean");
        assert_eq!(found(&inquiry(InquiryState::Closed, &[])), "INQUIRY_CLOSED");
        assert_eq!(word(&replied(None, &answer)), "INQUIRY_NOT_FOUND");
    }

    #[test]
    fn the_same_words_to_an_earlier_message_answer_no_later_one() {
        let words = "네, 확인했습니다.";
        let to = |parent: &str| InquiryReply::Answer {
            text: words.to_owned(),
            answered_by: String::new(),
            channel_parent_answer_id: parent.to_owned(),
        };
        let mut talk = inquiry(
            InquiryState::Waiting,
            &[
                (InquiryAuthor::Channel, "1"),
                (InquiryAuthor::Merchant, words),
                (InquiryAuthor::Channel, "2"),
            ],
        );
        for (message, id) in talk.messages.iter_mut().zip(["a1", "m1", "a2"]) {
            message.channel_answer_id = id.to_owned();
        }
        talk.messages[2].needs_answer = true;
        // Where the channel does not say what was answered, what still waits was not.
        assert_eq!(word(&replied(Some(&talk), &to("a1"))), "happened");
        assert_eq!(word(&replied(Some(&talk), &to("a2"))), "clean");
        talk.messages[1].channel_parent_answer_id = "a1".to_owned();
        talk.messages[2].needs_answer = false;
        assert_eq!(word(&replied(Some(&talk), &to("a1"))), "happened");
        assert_eq!(word(&replied(Some(&talk), &to("a2"))), "clean");
    }

    #[test]
    fn a_confirmation_happened_once_nothing_is_to_be_confirmed() {
        let confirm = InquiryReply::Confirm {
            confirmed_by: String::new(),
        };
        let table = [
            (InquiryState::ToConfirm, "clean"),
            (InquiryState::Answered, "happened"),
            (InquiryState::Closed, "happened"),
            (InquiryState::Waiting, "INQUIRY_NOT_ANSWERABLE"),
        ];
        for (state, expected) in table {
            let finding = replied(Some(&inquiry(state, &[])), &confirm);
            assert_eq!(word(&finding), expected, "{state:?}");
        }
    }
}
