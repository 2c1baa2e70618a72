//! A customer writes, an agent claims and answers, the customer gets the answer.

use crate::on_both;

on_both! {
    // story: BR-01, CL-01, BR-07, BR-08, TG-02
    async fn a_customer_is_answered(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola, my bike has not arrived");
        w.quiet().await;
        let thread = w.thread();
        assert!(w.claims(w.ana).await.contains("is yours"));
        w.write(w.ana, thread, "It left this morning!");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["It left this morning!"]);
        w.says(maria, "Great, thank you");
        w.assert_quiet().await;
        println!("{}", w.transcript());
    }
}
