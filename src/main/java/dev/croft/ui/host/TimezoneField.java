package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.combobox.ComboBox;
import java.time.ZoneId;

/** Where the box is, by the names of the tz database. */
public final class TimezoneField extends ComboBox<String> {

    public TimezoneField() {
        super(t("Time zone"));
        setItems(ZoneId.getAvailableZoneIds().stream()
                .filter(zone -> zone.equals("UTC") || (zone.contains("/") && !zone.startsWith("SystemV/")))
                .sorted()
                .toList());
        // what the box has stays selectable, also when this console's time zone database does not know it
        setAllowCustomValue(true);
        addCustomValueSetListener(typed -> setValue(typed.getDetail()));
        setHelperText(t("For timers, logs and whatever on the box tells the time."));
    }
}
