//! A checkout of the original with next to nothing in it.

use std::io::Write;
use std::path::Path;

/// Writes a file below a folder, compressed where it is called so.
pub fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    if name.ends_with(".gz") {
        let mut encoder = flate2::write::GzEncoder::new(
            std::fs::File::create(path).unwrap(),
            flate2::Compression::fast(),
        );
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
    } else {
        std::fs::write(path, text).unwrap();
    }
}

/// Writes the office of a checkout of the original: one event, and nothing else.
pub fn original_office(folder: &Path) {
    let processed = folder.join("data/processed");
    write(
        &processed,
        "calendar_events.csv.gz",
        "event_id,event_name,participant_email,event_start,duration\n00000001,Tea,a@b.example,2023-12-01 09:00:00,30\n",
    );
    write(
        &processed,
        "emails.csv",
        "email_id,inbox/outbox,sender/recipient,subject,sent_datetime,body\n",
    );
    write(
        &processed,
        "analytics_data.csv",
        "date_of_visit,visitor_id,page_views,session_duration_seconds,traffic_source,user_engaged\n",
    );
    write(
        &processed,
        "project_tasks.csv",
        "task_id,task_name,assigned_to_email,list_name,due_date,board\n",
    );
    write(
        &processed,
        "customer_relationship_manager_data.csv",
        "customer_id,assigned_to_email,customer_name,customer_email,customer_phone,last_contact_date,product_interest,status,follow_up_by,notes\n",
    );
    write(folder, "data/raw/email_addresses.csv", "a@b.example\n");
}
