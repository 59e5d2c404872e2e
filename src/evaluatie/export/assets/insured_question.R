# A question about health insurance cost per insured year, from annual sums per area, sex and age
# class to the agreed test.
# Run: Rscript analysis.R    (base R; package sandwich gives a further view)

local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  here <- getOption("evaluatie.folder", if (length(file)) dirname(file[1]) else ".")
  source(file.path(here, "..", "..", "evaluatie.R"), local = globalenv())
})

# 1. Read: `windows` says which year stands for the period before and for each wave.
folder <- script_folder()
question <- read_question(folder)
strata <- read_table(folder, "strata")
windows <- read_table(folder, "windows")

# 2. Direct standardisation: every area and year is given the sex and age of all areas and years
#    together. A stratum nobody is insured in here gets the rate of all areas in that year; if there
#    is none, its weight is spread over the rest.
strata$stratum <- paste(strata$sex, strata$age_class)
strata$eur <- strata$amount_eur * strata$price_factor
share <- tapply(strata$insured_years, strata$stratum, sum)
share <- share / sum(share)
standardised <- function(area, year) {
  of_year <- strata[strata$period == year, ]
  pooled <- tapply(of_year$eur, of_year$stratum, sum) /
    tapply(of_year$insured_years, of_year$stratum, sum)
  here <- of_year[of_year$area == area, ]
  rate <- (here$eur / here$insured_years)[match(names(share), here$stratum)]
  rate <- ifelse(is.finite(rate), rate, pooled[names(share)])
  used <- is.finite(rate)
  sum(share[used] * rate[used]) / sum(share[used])
}
level_of <- function(window) {
  year <- windows$period[windows$window == window]
  vapply(question$areas$area, standardised, 0, year = year)
}
insured_of <- function(window) {
  rows <- strata[strata$period == windows$period[windows$window == window], ]
  as.vector(tapply(rows$insured_years, rows$area, sum)[question$areas$area])
}

# 3. Change per area, the agreed contrast at every wave, and its test at the verdict wave.
found <- NULL
for (wave in question$waves) {
  change <- data.frame(wave = wave, area = question$areas$area, residents = insured_of(wave),
                       change = level_of(wave) - level_of("baseline"))
  contrast <- agreed_contrast(question, change, wave)
  change$contrast_change <- change$change
  found <- rbind(found, results_from(change, c("contrast_change", "residents")), contrast$rows)
  if (wave == question$verdict_wave) verdict <- contrast
}

# 4. Side by side.
table <- compare(found, question$ours)
agrees <- finish(table, title_of(question))
if (is.null(getOption("evaluatie.folder"))) show_sandwich(verdict, question$areas)
